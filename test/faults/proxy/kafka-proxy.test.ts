import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { WireBroker } from '../../kafka/wire-broker.ts';
import type { Traffic } from './fault-proxy.ts';
import type { KafkaMessage } from './kafka-protocol.ts';
import { KafkaProxy } from './kafka-proxy.ts';
import { isCommit, transactionalIdOf } from './kafka-requests.ts';
import type { Held } from './rule.ts';
import { WireClient } from './wire-client.ts';

const HEARTBEAT = 12;
const END_TXN = 26;

function frame(apiKey: number, correlationId: number, body: Buffer | string): Buffer {
  const head = Buffer.alloc(15);
  head.writeInt32BE(11 + Buffer.byteLength(body), 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(1, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(1, 12);
  head.write('c', 14);
  return Buffer.concat([head, Buffer.from(body)]);
}

function endTxn(correlationId: number, transactionalId: string, commit: boolean): Buffer {
  const body = Buffer.alloc(2 + transactionalId.length + 8 + 2 + 1);
  body.writeInt16BE(transactionalId.length, 0);
  body.write(transactionalId, 2);
  body.writeInt8(commit ? 1 : 0, body.length - 1);
  return frame(END_TXN, correlationId, body);
}

describe('the Kafka proxy', () => {
  const clock = new VirtualClock(0);
  let arrived: string[] = [];
  let onArrival: () => void = () => undefined;
  let broker: WireBroker;
  let proxy: KafkaProxy;
  let client: WireClient;

  beforeEach(async () => {
    arrived = [];
    onArrival = () => undefined;
    // Answers what it is asked, and says over which of its connections.
    broker = await WireBroker.start((request) => {
      arrived.push(`${request.body.toString()} by ${request.connection}`);
      request.reply(Buffer.concat([Buffer.from('re '), request.body]));
      onArrival();
    });
    const draws = [0.1, 0.6, 0.4, 0.9];
    const random = (): number => draws.shift() ?? 0;
    proxy = await KafkaProxy.open({ target: { host: '127.0.0.1', port: broker.port }, clock, random });
    client = await WireClient.open(proxy.port);
  });
  afterEach(async () => {
    client.close();
    await proxy.close();
    await broker.stop();
    expect(proxy.failures).toEqual([]);
  });

  const send = (correlationId: number, body: string): void => client.send(frame(HEARTBEAT, correlationId, body));

  async function reply(): Promise<string> {
    const size = (await client.receive(4)).readInt32BE(0);
    const bytes = await client.receive(size);
    return `${bytes.readInt32BE(0)}: ${bytes.toString('utf8', 4)}`;
  }

  async function arrival(what: string): Promise<void> {
    while (!arrived.includes(what)) await new Promise<void>((resolve) => (onArrival = resolve));
  }

  /** Resolves when a message of the name goes by, or stops there. */
  const passing = (direction: Traffic['direction']): Promise<void> =>
    new Promise((resolve) => {
      const remove = proxy.onTraffic((traffic) => {
        if (traffic.direction !== direction) return;
        remove();
        // It is judged in the same turn, after this.
        setImmediate(resolve);
      });
    });

  test('passes on what no rule is about, and counts it', async () => {
    const large = 'x'.repeat(3_000_000);
    client.send(Buffer.concat([frame(HEARTBEAT, 1, 'a'), frame(HEARTBEAT, 2, large), frame(HEARTBEAT, 3, 'b')]));
    expect(await reply()).toBe('1: re a');
    expect(await reply()).toBe(`2: re ${large}`);
    expect(await reply()).toBe('3: re b');
    expect(proxy.counts('request')).toEqual(new Map([['Heartbeat', 3]]));
    expect(proxy.counts('reply')).toEqual(new Map([['Heartbeat', 3]]));
  });

  test('looks at large messages as at small ones', async () => {
    const large = 'x'.repeat(3_000_000);
    const seen: string[] = [];
    proxy.add({
      direction: 'reply',
      names: ['Heartbeat'],
      when: ({ body, request }) => seen.push(`${body.toString()} to ${request?.body.toString()}`) < 0,
      action: { kind: 'drop' },
    });
    send(1, large);
    expect(await reply()).toBe(`1: re ${large}`);
    expect(seen).toEqual([`re ${large} to ${large}`]);
  });

  test('knows the transaction that is ended, and how', async () => {
    const seen: unknown[] = [];
    proxy.add({
      direction: 'reply',
      names: ['EndTxn'],
      when: (message) => seen.push([transactionalIdOf(message), isCommit(message)]) < 0,
      action: { kind: 'drop' },
    });
    client.send(Buffer.concat([endTxn(1, 'app.a.0', true), endTxn(2, 'app.b.17', false)]));
    await reply();
    await reply();
    expect(seen).toEqual([
      ['app.a.0', true],
      ['app.b.17', false],
    ]);
  });

  describe('drops', () => {
    test('a request, and what is behind it arrives', async () => {
      proxy.add({ direction: 'request', nth: 2, action: { kind: 'drop' } });
      for (const i of [1, 2, 3]) send(i, `m${i}`);
      expect([await reply(), await reply()]).toEqual(['1: re m1', '3: re m3']);
      expect(arrived).toEqual(['m1 by 1', 'm3 by 1']);
    });

    test('a reply whose request was carried out', async () => {
      proxy.add({ direction: 'reply', nth: 2, action: { kind: 'drop' } });
      for (const i of [1, 2, 3]) send(i, `m${i}`);
      expect([await reply(), await reply()]).toEqual(['1: re m1', '3: re m3']);
      expect(arrived).toEqual(['m1 by 1', 'm2 by 1', 'm3 by 1']);
    });
  });

  describe('delays', () => {
    test('a request and what is behind it, until time has gone on', async () => {
      proxy.add({ direction: 'request', nth: 1, action: { kind: 'delay', ms: 1_000 } });
      const stopped = passing('request');
      send(1, 'm1');
      await stopped;
      send(2, 'm2');
      await clock.moveTo(clock.now() + 999);
      expect(arrived).toEqual([]);
      await clock.moveTo(clock.now() + 1);
      expect([await reply(), await reply()]).toEqual(['1: re m1', '2: re m2']);
    });

    test('a request past the end of the client that sent it', async () => {
      proxy.add({ direction: 'request', action: { kind: 'delay', ms: 1_000 } });
      const stopped = passing('request');
      send(1, 'm1');
      await stopped;
      client.close();
      await clock.moveTo(clock.now() + 1_000);
      await arrival('m1 by 1');
    });

    test('by a span drawn at random', async () => {
      proxy.add({ direction: 'reply', action: { kind: 'delay', ms: [100, 200] } });
      const stopped = passing('reply');
      send(1, 'm1');
      await stopped;
      expect(clock.nextWakeMs - clock.now()).toBeCloseTo(110);
      await clock.moveTo(clock.now() + 110);
      expect(await reply()).toBe('1: re m1');
    });

    test('by size, so that a connection carries no more than so much a second', async () => {
      proxy.add({ direction: 'request', action: { kind: 'throttle', bytesPerSecond: 1_000 } });
      const stopped = passing('request');
      send(1, 'x'.repeat(985));
      await stopped;
      expect(clock.nextWakeMs - clock.now()).toBe(1_000);
      await clock.moveTo(clock.now() + 1_000);
      expect(await reply()).toMatch(/^1: re x/);
    });
  });

  describe('holds', () => {
    const holdFirst = (direction: 'request' | 'reply'): Promise<Held<KafkaMessage>> =>
      new Promise((onHeld) => proxy.add({ direction, nth: 1, action: { kind: 'hold', onHeld } }));

    test('a request until it is let go; on other connections life goes on', async () => {
      const first = holdFirst('request');
      send(1, 'm1');
      const held = await first;
      const other = await WireClient.open(proxy.port);
      other.send(frame(HEARTBEAT, 1, 'm2'));
      await arrival('m2 by 2');
      expect(arrived).toEqual(['m2 by 2']);
      held.forward();
      expect(await reply()).toBe('1: re m1');
      held.discard();
      other.close();
    });

    test('a request that may arrive when its sender is dead, or not', async () => {
      const first = holdFirst('request');
      send(1, 'm1');
      const held = await first;
      client.close();
      held.forward();
      await arrival('m1 by 1');

      client = await WireClient.open(proxy.port);
      const second = holdFirst('request');
      send(1, 'm2');
      (await second).discard();
      send(2, 'm3');
      expect(await reply()).toBe('2: re m3');
      expect(arrived).toEqual(['m1 by 1', 'm3 by 2']);
    });

    test('a reply, and cuts the connection in its place', async () => {
      const first = holdFirst('reply');
      send(1, 'm1');
      (await first).cut();
      expect(await client.untilClosed()).toHaveLength(0);
      expect(arrived).toEqual(['m1 by 1']);
    });

    test('one direction, for as long as the rule stands', async () => {
      const remove = proxy.add({ direction: 'reply', action: { kind: 'hold' } });
      send(1, 'm1');
      send(2, 'm2');
      await arrival('m2 by 1');
      remove();
      expect([await reply(), await reply()]).toEqual(['1: re m1', '2: re m2']);
    });
  });

  describe('sends over a connection of its own', () => {
    test('a duplicate, whose reply only the rule hears', async () => {
      const heard = new Promise<KafkaMessage>((onReply) =>
        proxy.add({ direction: 'request', nth: 1, action: { kind: 'duplicate', ms: 3_000, onReply } }),
      );
      send(1, 'm1');
      expect(await reply()).toBe('1: re m1');
      client.close();
      await clock.moveTo(clock.now() + 3_000);
      const again = await heard;
      expect(again.body.toString()).toBe('re m1');
      expect(again.request?.body.toString()).toBe('m1');
      expect(arrived).toEqual(['m1 by 1', 'm1 by 2']);
    });

    test('a request that comes late, and no reply to it', async () => {
      proxy.add({ direction: 'request', nth: 1, action: { kind: 'postpone', ms: 3_000 } });
      send(1, 'm1');
      send(2, 'm2');
      expect(await reply()).toBe('2: re m2');
      await clock.moveTo(clock.now() + 3_000);
      await arrival('m1 by 2');
      expect(arrived).toEqual(['m2 by 1', 'm1 by 2']);
    });

    test('nothing that is a reply', () => {
      const action = { kind: 'postpone', ms: 1 } as const;
      expect(() => proxy.add({ direction: 'reply', action })).toThrow('postpone is for requests');
    });
  });

  describe('cuts the connection', () => {
    test('before a request arrives', async () => {
      proxy.add({ direction: 'request', nth: 2, action: { kind: 'cut', when: 'before' } });
      client.send(Buffer.concat([frame(HEARTBEAT, 1, 'm1'), frame(HEARTBEAT, 2, 'm2')]));
      await client.untilClosed();
      await arrival('m1 by 1');
      const next = await WireClient.open(proxy.port);
      next.send(frame(HEARTBEAT, 1, 'm3'));
      await arrival('m3 by 2');
      expect(arrived).toEqual(['m1 by 1', 'm3 by 2']);
      next.close();
    });

    test('when a request is on its way: it is carried out', async () => {
      proxy.add({ direction: 'request', action: { kind: 'cut', when: 'after' } });
      send(1, 'm1');
      expect(await client.untilClosed()).toHaveLength(0);
      await arrival('m1 by 1');
    });

    test('before or after a reply', async () => {
      proxy.add({ direction: 'reply', nth: 1, action: { kind: 'cut', when: 'before' } });
      proxy.add({ direction: 'reply', nth: 1, action: { kind: 'cut', when: 'after' } });
      send(1, 'm1');
      expect(await client.untilClosed()).toHaveLength(0);
      client = await WireClient.open(proxy.port);
      send(1, 'm2');
      expect(await reply()).toBe('1: re m2');
      expect(await client.untilClosed()).toHaveLength(0);
    });

    test('all of them, and lets nobody in until the partition is healed', async () => {
      const heal = proxy.partition();
      await client.untilClosed();
      client = await WireClient.open(proxy.port);
      await client.untilClosed();
      heal();
      client = await WireClient.open(proxy.port);
      send(1, 'm1');
      expect(await reply()).toBe('1: re m1');
    });
  });

  describe('applies a rule', () => {
    const dropping = (choice: object): (() => void) =>
      proxy.add({ direction: 'request', ...choice, action: { kind: 'drop' } });

    /** Numbers of the requests that arrive, of `count` sent. */
    async function passed(count: number): Promise<number[]> {
      for (let i = 1; i <= count; i++) send(i, `m${i}`);
      client.send(endTxn(99, 'end', true));
      const through: number[] = [];
      for (;;) {
        const [number] = (await reply()).split(':');
        if (number === '99') return through;
        through.push(Number(number));
      }
    }

    test.each([
      [{ names: ['Heartbeat'] }, []],
      [{ names: ['Fetch', 'Produce'] }, [1, 2, 3, 4]],
      [{ names: ['Heartbeat'], nth: 3 }, [1, 2, 4]],
      [{ names: ['Heartbeat'], every: 2 }, [1, 3]],
      [{ names: ['Heartbeat'], probability: 0.5 }, [2, 4]],
      [{ when: ({ body }: KafkaMessage) => body.toString() > 'm2' && body.length < 3, nth: 1 }, [1, 2, 4]],
    ])('to those it chooses: %o', async (choice, expected) => {
      dropping(choice);
      expect(await passed(4)).toEqual(expected);
    });

    test('no more when it is removed', async () => {
      const remove = dropping({ names: ['Heartbeat'] });
      expect(await passed(2)).toEqual([]);
      remove();
      expect(await passed(2)).toEqual([1, 2]);
    });
  });

  test('turns clients away while its target is, and leads them to another', async () => {
    await broker.stop();
    const lost = await WireClient.open(proxy.port);
    await lost.untilClosed();
    const second = await WireBroker.start((request) => request.reply(Buffer.from('second')));
    proxy.target = { host: '127.0.0.1', port: second.port };
    client = await WireClient.open(proxy.port);
    send(1, 'm1');
    expect(await reply()).toBe('1: second');
    client.close();
    await second.stop();
  });
});
