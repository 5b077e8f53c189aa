import { MAIL, type Members } from './behaviours.js';

/** Packages that send mail, by what of them does. */
export const MAILERS: Readonly<Record<string, Members>> = {
  nodemailer: { 'createTransport.().sendMail': MAIL },
  '@sendgrid/mail': { send: MAIL, sendMultiple: MAIL },
  resend: { 'Resend.().emails.send': MAIL, 'Resend.().batch.send': MAIL },
  // https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/ses/
  '@aws-sdk/client-ses': { 'SESClient.().send': MAIL, 'SES.().sendEmail': MAIL, 'SES.().sendRawEmail': MAIL },
  '@aws-sdk/client-sesv2': { 'SESv2Client.().send': MAIL, 'SESv2.().sendEmail': MAIL },
  'aws-sdk': { 'SES.().sendEmail': MAIL, 'SES.().sendRawEmail': MAIL, 'SES.().sendTemplatedEmail': MAIL },
  postmark: {
    'ServerClient.().sendEmail': MAIL,
    'ServerClient.().sendEmailWithTemplate': MAIL,
    'Client.().sendEmail': MAIL,
  },
  mailersend: { 'MailerSend.().email.send': MAIL },
  'mailgun.js': { '().client.().messages.create': MAIL },
  'email-templates': { '().send': MAIL },
  '@getbrevo/brevo': { 'TransactionalEmailsApi.().sendTransacEmail': MAIL },
  // https://docs.adonisjs.com/guides/digging-deeper/mail
  '@adonisjs/mail': { '/services./main.send': MAIL, '/services./main.sendLater': MAIL },
  loops: { 'LoopsClient.().sendTransactionalEmail': MAIL },
  '@azure/communication-email': { 'EmailClient.().beginSend': MAIL },
};
