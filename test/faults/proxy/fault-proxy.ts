import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/core/system-clock.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { sendAlone } from './lone-request.ts';
import type { Direction, Message, Protocol } from './message.ts';
import { Rules, type Rule } from './rule.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface FaultProxyOptions {
  /** The server behind it. It may be away: then clients are turned away too. */
  readonly target: Address;
  /** Of 127.0.0.1; 0 or left out for any that is free. */
  readonly port?: number;
  /** For what rules leave to chance: from 0 up to 1. */
  readonly random?: () => number;
  readonly clock?: Clock;
}

/** A message went by, or began to: the n-th of its name and direction. */
export interface Traffic {
  readonly name: string;
  readonly direction: Direction;
  readonly nth: number;
}

/** Stands between clients and a server, and does to their messages what rules say. What no rule is about passes as it comes. */
export class FaultProxy<M extends Message> {
  /** Where connections made from now on lead. */
  target: Address;
  /** Of connections that were not of the protocol, or at which a rule failed. */
  readonly failures: unknown[] = [];
  readonly #protocol: Protocol<M>;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #rules: Rules<M>;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<Connection<M>>();
  readonly #listeners = new Set<(traffic: Traffic) => void>();
  readonly #counts: Readonly<Record<Direction, Map<string, number>>> = { request: new Map(), reply: new Map() };
  readonly #closing = new AbortController();
  readonly #host: ConnectionHost<M>;
  #partitions = 0;

  protected constructor(server: Server, protocol: Protocol<M>, options: FaultProxyOptions) {
    this.target = options.target;
    this.#protocol = protocol;
    this.#clock = options.clock ?? systemClock;
    this.#server = server;
    this.#rules = new Rules(options.random ?? Math.random);
    this.#host = this.#makeHost();
    server.on('connection', (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @returns takes the rule out of force; what it holds goes on then */
  add(rule: Rule<M>): () => void {
    return this.#rules.add(rule);
  }

  /** Takes all rules out of force. */
  clear(): void {
    this.#rules.clear();
  }

  /** Breaks all connections of clients; they may make new ones. */
  cutAll(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** Breaks all connections, and those that are made until the function returned is called. */
  partition(): () => void {
    this.#partitions++;
    this.cutAll();
    let healed = false;
    return () => {
      if (!healed) this.#partitions--;
      healed = true;
    };
  }

  /** @returns stops telling */
  onTraffic(listener: (traffic: Traffic) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Messages of each name so far. */
  counts(direction: Direction): ReadonlyMap<string, number> {
    return this.#counts[direction];
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#rules.clear();
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (this.#partitions > 0 || this.#closing.signal.aborted) {
      client.destroy();
      return;
    }
    const server = connect({ ...this.target, allowHalfOpen: true });
    // Where the server takes no connection there is none for the client; one that goes away later ends the flow of replies.
    const refused = (): void => void client.destroy();
    server.once('error', refused);
    server.once('connect', () => server.off('error', refused));
    this.#keep(server);
    this.#keep(client);
    const connection = new Connection(client, server, this.#protocol.open(), this.#host);
    this.#connections.add(connection);
    let open = 2;
    const closed = (): void => {
      if (--open === 0) this.#connections.delete(connection);
    };
    client.on('close', closed);
    server.on('close', closed);
  }

  #makeHost(): ConnectionHost<M> {
    return {
      rules: this.#rules,
      inOrder: this.#protocol.inOrder,
      sleep: (ms) => this.#clock.sleep(ms, this.#closing.signal),
      sendAlone: (request, after, onReply) => {
        void this.#clock.sleep(this.#rules.draw(after), this.#closing.signal).then(() => {
          if (this.#closing.signal.aborted) return;
          this.#keep(sendAlone(this.target, this.#protocol, request, onReply ?? (() => undefined)));
        });
      },
      onMessage: (name, direction) => this.#count(name, direction),
      onFailure: (error) => this.failures.push(error),
    };
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #count(name: string, direction: Direction): void {
    const counts = this.#counts[direction];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    for (const listener of this.#listeners) listener({ name, direction, nth });
  }
}

/** A server that listens on the port of 127.0.0.1; 0 for any that is free. */
export async function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
