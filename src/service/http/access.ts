import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/**
 * Decides who may use `/api`. With a token: whoever bears it. Without one: only this machine, asked for by a name of its own, so that
 * neither the network nor a web page that resolves its own name to 127.0.0.1 gets in.
 */
export function checkAccess(request: IncomingMessage, token: string | null): void {
  if (token !== null) {
    if (bears(request.headers.authorization, token)) return;
    throw new Problem(401, 'send the token of http.token as `Authorization: Bearer …`', {
      headers: { 'www-authenticate': 'Bearer realm="millrace"' },
    });
  }
  if (!isLoopbackAddress(request.socket.remoteAddress ?? '')) {
    throw new Problem(403, 'without http.token, /api answers this machine only; set http.token to open it');
  }
  if (!isLoopbackHost(request.headers.host ?? '')) {
    throw new Problem(403, 'without http.token, /api must be asked for as localhost; set http.token to open it');
  }
}

function bears(authorization: string | undefined, token: string): boolean {
  const sent = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  // Digests have one length, so that the comparison takes the same time whatever was sent.
  return sent !== undefined && timingSafeEqual(digest(sent), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isLoopbackAddress = (address: string): boolean =>
  /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
