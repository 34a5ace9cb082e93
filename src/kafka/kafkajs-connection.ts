import net from 'node:net';
import tls, { type ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import Connection, { type Logger, type WireRequest } from 'kafkajs/src/network/connection.js';
import { MillraceError } from '../core/errors.ts';

export interface ConnectionSettings {
  readonly clientId: string;
  /** As `tls.connect` takes it; true for TLS with the system's certificates, false or left out for none. */
  readonly ssl?: boolean | ConnectionOptions;
  /** As kafkajs takes it: plain, scram-sha-256, scram-sha-512, aws, oauthbearer, or a mechanism of one's own. */
  readonly sasl?: SASLOptions;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request with the decoder of its reply. */
export interface Exchange<T> {
  readonly request: WireRequest;
  /** How long to wait for the reply. */
  readonly timeoutMs: number;
  readonly decode: (payload: Buffer) => { readonly throttleMs: number; readonly reply: T };
}

/**
 * One connection to a broker: kafkajs's socket, framing and login. It lives once: connecting ─→ open ─→ broken, and whoever holds it takes
 * a new one then, since kafkajs would carry half a reply over into the next stream.
 */
export class KafkajsConnection {
  readonly #connection: Connection;
  readonly #broker: string;
  readonly #opened: Promise<void>;
  #open = false;
  #broken = false;
  #claims = 0;

  constructor(address: Address, settings: ConnectionSettings) {
    this.#broker = `${address.host}:${address.port}`;
    this.#connection = createConnection(address, settings);
    this.#opened = this.#connection.connect().then(
      () => {
        this.#open = true;
      },
      (error: unknown) => {
        this.#broken = true;
        throw linkError(error, this.#broker);
      },
    );
    // Whoever sends sees the failure; without a sender nobody needs to.
    this.#opened.catch(() => undefined);
  }

  /** Requests that were sent or are about to be, and not answered. */
  get claims(): number {
    return this.#claims;
  }

  /** Announces one `send`, so that nobody else takes the connection for idle meanwhile. */
  claim(): void {
    this.#claims++;
  }

  /** Whether it may still be used: one that is just being made may, one that the broker has closed for being idle may not. */
  get usable(): boolean {
    return !this.#broken && (!this.#open || this.#connection.isConnected());
  }

  /** Resolves when the socket stands; rejects with BROKER_UNAVAILABLE. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /**
   * Sends the request that was claimed for.
   * @throws REQUEST_TIMED_OUT, BROKER_UNAVAILABLE, NOT_AUTHORIZED; the connection is broken then
   */
  async send<T>({ request, timeoutMs, decode }: Exchange<T>): Promise<T> {
    try {
      await this.#opened;
      return await this.#connection.send({
        request,
        response: {
          decode: (payload) => {
            const { throttleMs, reply } = decode(payload);
            return Promise.resolve({ clientSideThrottleTime: throttleMs, reply });
          },
          parse: ({ reply }) => Promise.resolve(reply),
        },
        requestTimeout: timeoutMs,
        logResponseError: false,
      });
    } catch (error) {
      this.break();
      throw linkError(error, this.#broker);
    } finally {
      this.#claims--;
    }
  }

  /** Cuts the connection; what is in flight rejects with BROKER_UNAVAILABLE. */
  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    const reason = new Error('the connection was closed');
    this.#connection.rejectRequests(reason);
    void this.#connection.disconnect();
    // With an error, so that kafkajs gives up a connection attempt that is under way.
    this.#connection.socket?.destroy(reason);
  }
}

const SILENT: Logger = {
  namespace: () => SILENT,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** SaslHandshake and SaslAuthenticate: the versions that every supported broker speaks. */
const SASL_VERSIONS = { 17: { minVersion: 0, maxVersion: 1 }, 36: { minVersion: 0, maxVersion: 1 } };

function createConnection({ host, port }: Address, settings: ConnectionSettings): Connection {
  const connection = new Connection({
    host,
    port,
    clientId: settings.clientId,
    logger: SILENT,
    socketFactory: openSocket,
    ssl: settings.ssl === true ? {} : settings.ssl || null,
    sasl: settings.sasl ?? null,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: settings.connectionTimeoutMs,
  });
  connection.setVersions(SASL_VERSIONS);
  connection.setSupportAuthenticationProtocol(true);
  // kafkajs re-arms a timer with a negative delay, that is every millisecond, for as long as the connection lives. It has a purpose only
  // while requests wait for a throttled broker.
  const queue = connection.requestQueue;
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
  return connection;
}

const KEEP_ALIVE_MS = 30_000;

function openSocket(target: { host: string; port: number; ssl: ConnectionOptions | null; onConnect: () => void }) {
  const { host, port, ssl, onConnect } = target;
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const socket =
    ssl === null
      ? net.connect({ host, port }, onConnect)
      : tls.connect({ host, port, ...servername, ...ssl }, onConnect);
  // Requests are small and each waits for its reply: holding them back to fill a packet only adds latency.
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function linkError(error: unknown, broker: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const name = error instanceof Error ? error.name : '';
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error, details: { broker } };
  if (name === 'KafkaJSRequestTimeoutError') {
    return new MillraceError('REQUEST_TIMED_OUT', `no reply from ${broker} in time: ${message}`, options);
  }
  if (name.includes('SASL')) {
    return new MillraceError('NOT_AUTHORIZED', `the login at ${broker} failed: ${message}`, options);
  }
  if (error instanceof RangeError || error instanceof TypeError) {
    return new MillraceError('BROKER_ERROR', `the reply of ${broker} cannot be read: ${message}`, options);
  }
  return new MillraceError('BROKER_UNAVAILABLE', `no connection to ${broker}: ${message}`, options);
}
