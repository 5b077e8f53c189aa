import { isIP } from 'node:net';

/** Whether a host, as a name or as an address has it, is this machine: what is sent there reaches no other. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
