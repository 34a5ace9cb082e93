import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const TRIES = 50;

/**
 * A port of 127.0.0.1 that nobody listens on. It lies below the range that systems give to outgoing connections: there, a client
 * that reconnects to a stopped server can be given that server's own port, talk to itself, and keep the server from starting again.
 */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(15_000, 30_000);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports tried is free`);
}

/** Whether a server could listen on the port of 127.0.0.1 right now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
