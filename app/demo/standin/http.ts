import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebAnswer } from './sign-in.js';

/** Makes requests fail that would otherwise be answered. */
export interface Fault {
  /** How many requests. */
  times: number;
  status: number;
  /** Which ones, by `METHOD /path`; default all. */
  matches?: RegExp;
  headers?: Record<string, string>;
  body?: object;
  /** Do what was asked, and then lose the answer. */
  afterwards?: boolean;
  /** Answer nothing at all, whatever was done. */
  silent?: boolean;
}

/** An answer of the API. */
export interface Answer {
  status: number;
  text: string;
  link: string | null;
}

export function json(status: number, body: object): Answer {
  return { status, text: JSON.stringify(body), link: null };
}

export function fail(response: ServerResponse, { status, body, headers, silent }: Fault): void {
  if (silent) return;
  send(response, json(status, body ?? { message: 'Server Error' }), headers);
}

export function sendPage(response: ServerResponse, { status, text: page, type, location }: WebAnswer): void {
  response.writeHead(status, { 'content-type': type, ...(location ? { location } : {}) }).end(page);
}

export function send(
  response: ServerResponse,
  { status, text: body, link }: Answer,
  headers: Record<string, string> = {},
): void {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, ...(link ? { link } : {}), ...headers }).end(body);
}

export async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
