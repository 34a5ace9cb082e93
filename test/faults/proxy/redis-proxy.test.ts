import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/system-clock.ts';
import { RedisClient } from '../../../src/state/redis/client.ts';
import { IoredisConnection } from '../../../src/state/redis/ioredis-connection.ts';
import { SCRIPTS } from '../../../src/state/redis/scripts.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { REDIS, type RedisMessage } from './redis-protocol.ts';
import { RedisProxy } from './redis-proxy.ts';
import type { Held } from './rule.ts';
import { WireClient } from './wire-client.ts';

/** Answers every command with the texts it consists of; knows no script by its SHA-1. */
class EchoServer {
  readonly port: number;
  readonly arrived: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(): Promise<EchoServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new EchoServer(server);
  }

  async arrival(what: string): Promise<void> {
    while (!this.arrived.includes(what)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    const { requests } = REDIS.open();
    const parts: Buffer[] = [];
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0, from = 0; at < chunk.length;) {
        at = requests.advance(chunk, at);
        if (!requests.ended) continue;
        parts.push(chunk.subarray(from, at));
        from = at;
        this.#answer(socket, requests.message(Buffer.concat(parts.splice(0))));
      }
      if (!requests.ended) parts.push(chunk);
    });
  }

  #answer(socket: Socket, { texts, bytes }: RedisMessage): void {
    const words = texts.map(String);
    this.arrived.push(words.join(' '));
    const command = words[0].toLowerCase();
    if (command === 'hello') socket.write('%1\r\n+proto\r\n:3\r\n');
    else if (command === 'evalsha') socket.write('-NOSCRIPT No matching script.\r\n');
    else if (command === 'info') socket.write('$0\r\n\r\n');
    else socket.write(bytes);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const command = (...texts: string[]): string =>
  `*${texts.length}\r\n${texts.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;

describe('the Redis proxy', () => {
  const clock = new VirtualClock(0);
  let server: EchoServer;
  let proxy: RedisProxy;
  let client: WireClient;

  beforeEach(async () => {
    server = await EchoServer.start();
    proxy = await RedisProxy.open({ target: { host: '127.0.0.1', port: server.port }, clock });
    client = await WireClient.open(proxy.port);
  });
  afterEach(async () => {
    client.close();
    await proxy.close();
    await server.stop();
    expect(proxy.failures).toEqual([]);
  });

  const send = (...commands: string[]): void => client.send(Buffer.from(commands.join('')));

  /** The next reply, which is `command`. */
  async function expectReply(expected: string): Promise<void> {
    expect(String(await client.receive(expected.length))).toBe(expected);
  }

  test('knows scripts by their text and by their SHA-1, with keys and arguments', async () => {
    const seen: unknown[] = [];
    proxy.add({
      direction: 'request',
      names: ['apply'],
      when: ({ bytes, call }) =>
        seen.push([bytes.toString().slice(8, 16).trim(), call?.keys, call?.argv.map(String)]) < 0,
      action: { kind: 'drop' },
    });
    const redis = new RedisClient(new IoredisConnection({ url: proxy.url }), systemClock);
    const reply = await redis.run(SCRIPTS.apply, ['meta', 'bucket'], ['inc', '7']);
    redis.close();
    // The server knew nothing of the script at first.
    expect(seen).toEqual([
      [expect.stringMatching(/evalsha/i), ['meta', 'bucket'], ['inc', '7']],
      [expect.stringMatching(/eval/i), ['meta', 'bucket'], ['inc', '7']],
    ]);
    expect(reply.items.slice(2).map(String)).toEqual(['2', 'meta', 'bucket', 'inc', '7']);
    expect(proxy.counts('reply').get('apply')).toBe(2);
  });

  test('holds a pipelined command, and everything behind it', async () => {
    const first = new Promise<Held<RedisMessage>>((onHeld) =>
      proxy.add({ direction: 'request', names: ['set'], action: { kind: 'hold', onHeld } }),
    );
    send(command('GET', 'a'), command('SET', 'a', '1'), command('GET', 'b'));
    const held = await first;
    await expectReply(command('GET', 'a'));
    expect(server.arrived).toEqual(['GET a']);
    held.forward();
    await expectReply(command('SET', 'a', '1'));
    await expectReply(command('GET', 'b'));
  });

  test('lets nothing more through on a connection on which it dropped a command', async () => {
    proxy.add({ direction: 'request', names: ['set'], nth: 1, action: { kind: 'drop' } });
    send(command('GET', 'a'), command('SET', 'a', '1'), command('GET', 'b'));
    await expectReply(command('GET', 'a'));
    const other = await WireClient.open(proxy.port);
    other.send(Buffer.from(command('SET', 'a', '2')));
    await server.arrival('SET a 2');
    send(command('GET', 'c'));
    client.close();
    other.close();
    expect(server.arrived).toEqual(['GET a', 'SET a 2']);
  });

  test('lets no reply through behind one that it dropped', async () => {
    proxy.add({ direction: 'reply', names: ['set'], nth: 1, action: { kind: 'drop' } });
    send(command('GET', 'a'), command('SET', 'a', '1'), command('GET', 'b'));
    await server.arrival('GET b');
    await expectReply(command('GET', 'a'));
    proxy.cutAll();
    expect(await client.untilClosed()).toHaveLength(0);
  });

  test('cuts the connection when a command was carried out, in place of its reply', async () => {
    proxy.add({ direction: 'reply', names: ['set'], action: { kind: 'cut', when: 'before' } });
    send(command('GET', 'a'), command('SET', 'a', '1'), command('GET', 'b'));
    expect(String(await client.untilClosed())).toBe(command('GET', 'a'));
    expect(server.arrived).toContain('SET a 1');
  });

  test('sends a command again over a connection of its own, whoever is the server by then', async () => {
    proxy.add({ direction: 'request', names: ['set'], nth: 1, action: { kind: 'duplicate', ms: 1_000 } });
    send(command('SET', 'a', '1'));
    await expectReply(command('SET', 'a', '1'));
    const replica = await EchoServer.start();
    proxy.target = { host: '127.0.0.1', port: replica.port };
    await clock.moveTo(clock.now() + 1_000);
    await replica.arrival('SET a 1');
    expect(server.arrived).toEqual(['SET a 1']);
    await replica.stop();
  });

  test('a client of ours that hears nothing any more finds that out, and comes back by another connection', async () => {
    const redis = new RedisClient(new IoredisConnection({ url: proxy.url, commandTimeoutMs: 200 }), systemClock);
    await redis.connect();
    proxy.add({ direction: 'request', names: ['set'], nth: 1, action: { kind: 'drop' } });
    await expect(redis.call('set', ['a', '1'])).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    const again = redis.retrying(() => redis.call('set', ['a', '2']), 8);
    expect(String((await again) as Buffer[])).toBe('set,a,2');
    redis.close();
  });
});
