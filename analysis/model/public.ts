/** Why an entry point is open on purpose, in the words of reports. */
export const PUBLIC = {
  message: 'another service sends it, not somebody whose rights could be asked for',
  job: 'nobody calls it: it runs by the clock or works off a queue',
  signed: 'the request is signed, and the signature is checked',
  developed: 'it is there only where the program is developed or tested',
  exchanges: 'it exchanges a credential for a session',
  challenges: 'it makes up a challenge for whoever is to sign in, and changes nothing else',
  renews: 'it exchanges a token that only its holder has for another',
  redeems: 'what it acts on is named by another service, which was asked what somebody has done there',
  holdsSecret: 'what it acts on is looked up by a secret that only its holder has',
  firstRun: 'it does anything only as long as nobody has an account',
  guests: 'whoever is signed in is turned away: it is for those who are not',
  setsUp: 'it sets up a credential that only its holder will know',
  mails: 'it mails a secret to somebody on record, and answers nothing of it',
  shared:
    'whoever has the link to what it acts on may have it: the record is found by what nobody can guess, and can carry a password of its own',
  given:
    'whoever was told of what it acts on may have it: its owner gave it to nobody in particular, and it is found by what nobody can guess',
  opened: 'what it reads is limited to what its owners have opened to everybody',
  readOnly: 'it is read-only, limited to named columns, and has a rate limit of its own',
} as const;
