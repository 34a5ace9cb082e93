import type { Server } from 'node:http';
import { MillraceError } from '../../core/errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** What to do when the port is taken: give up, or try the ones above it. */
  readonly portTaken: 'fail' | 'next';
}

const PORTS_TRIED = 100;
const LAST_PORT = 65_535;

/**
 * Makes the server listen; resolves with its port.
 * @throws PORT_IN_USE, or CONFIG_INVALID for a host or port that cannot be had
 */
export async function listen(server: Server, { host, port, portTaken }: ListenOptions): Promise<number> {
  const last = portTaken === 'next' && port !== 0 ? Math.min(port + PORTS_TRIED, LAST_PORT) : port;
  for (let candidate = port; ; candidate++) {
    try {
      return await tryListen(server, host, candidate);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw unusable(host, candidate, error);
      if (candidate >= last) throw taken(host, port, last, error);
    }
  }
}

function tryListen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function taken(host: string, first: number, last: number, cause: unknown): MillraceError {
  const ports = first === last ? `port ${first} on ${host} is` : `ports ${first} to ${last} on ${host} are`;
  return new MillraceError('PORT_IN_USE', `${ports} taken by another process`, {
    cause,
    details: { setting: 'http.port', host, port: first },
  });
}

function unusable(host: string, port: number, cause: unknown): MillraceError {
  const { message } = cause as Error;
  return new MillraceError(
    'CONFIG_INVALID',
    `http.host ${host} and http.port ${port} cannot be listened on: ${message}`,
    {
      cause,
      details: { settings: ['http.host', 'http.port'], host, port },
    },
  );
}
