import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { freePort } from '../../src/service/local-services/free-port.ts';
import { startKafka } from '../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import { RedisBackend } from '../../src/state/redis/backend.ts';
import { RedisClient } from '../../src/state/redis/client.ts';
import { IoredisConnection } from '../../src/state/redis/ioredis-connection.ts';
import { arm, type Failpoint, type Reached } from '../faults/proxy/failpoint.ts';
import type { KafkaMessage } from '../faults/proxy/kafka-protocol.ts';
import { KafkaProxy } from '../faults/proxy/kafka-proxy.ts';
import { errorCodeOf } from '../faults/proxy/kafka-requests.ts';
import { RedisProxy } from '../faults/proxy/redis-proxy.ts';
import type { Held } from '../faults/proxy/rule.ts';
import { createTopic, makeEngine, planOf, produce, readTopic, type ObservedEngine } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { suiteTempDir } from '../support/temp-dir.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

const INVALID_PRODUCER_EPOCH = 47;

/** Resolves when a reply of the name goes by. */
const nextReply = (proxy: KafkaProxy | RedisProxy, name: string): Promise<void> =>
  new Promise((resolve) => {
    const remove = proxy.onTraffic((traffic) => {
      if (traffic.name !== name || traffic.direction !== 'reply') return;
      remove();
      resolve();
    });
  });

// Whether there is a Kafka at all is asked of the services of the run; what these tests need is one with a listener for the proxy.
describeWithServices('fault proxies before a real Kafka and a real Redis', ['kafka', 'redis'], () => {
  const dir = suiteTempDir();
  const services: LocalService[] = [];
  const closing: { close(): Promise<void> }[] = [];
  let kafka: KafkaProxy;
  let redis: RedisProxy;
  /** Past the proxy. */
  let direct: KafkaTransport;
  let redisUrl: string;

  beforeAll(async () => {
    const [port, controllerPort, listener] = [await freePort(), await freePort(), await freePort()];
    kafka = await KafkaProxy.open({ target: { host: '127.0.0.1', port: listener } });
    const settings = {
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,WORKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      listeners: `PLAINTEXT://127.0.0.1:${port},WORKER://127.0.0.1:${listener},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},WORKER://127.0.0.1:${kafka.port}`,
      'message.max.bytes': '8000000',
    };
    services.push(await startKafka({ dataDir: join(dir, 'kafka'), port, shortLived: true, settings }));
    const server = await startRedis({ dataDir: join(dir, 'redis'), port: 0 });
    services.push(server);
    redisUrl = server.address;
    redis = await RedisProxy.open({ target: { host: '127.0.0.1', port: server.port } });
    direct = connect(port);
  });
  afterEach(async () => {
    kafka.clear();
    redis.clear();
    for (const each of closing.splice(0).toReversed()) await each.close();
    expect([...kafka.failures, ...redis.failures]).toEqual([]);
  });
  afterAll(async () => {
    await direct.close();
    await Promise.all([kafka.close(), redis.close()]);
    await Promise.all(services.map((service) => service.stop()));
  });

  const connect = (port: number): KafkaTransport =>
    new KafkaTransport(new KafkajsLink({ brokers: [`127.0.0.1:${port}`], clientId: 'millrace-test' }), systemClock);

  function proxied(): KafkaTransport {
    const transport = connect(kafka.port);
    closing.push(transport);
    return transport;
  }

  async function topic(): Promise<string> {
    const name = uniqueName('proxied');
    await createTopic(direct, name, 1);
    return name;
  }

  const open = (transport: KafkaTransport, transactionalId: string, transactionTimeoutMs = 10_000) =>
    transport.openProducer({ transactionalId, transactionTimeoutMs, compression: 'none' });

  const values = async (name: string): Promise<unknown[]> => (await readTopic(direct, name)).map(({ value }) => value);

  describe('a transaction', () => {
    test('commits through a proxy as it does without', async () => {
      const name = await topic();
      const producer = await open(proxied(), name);
      const large = 'x'.repeat(5_000_000);
      for (const value of ['a', large]) {
        const transaction = await producer.begin();
        transaction.append(name, 0, systemClock.now(), null, value, null);
        await transaction.send();
        await transaction.commit();
      }
      await eventually(async () => expect(await values(name)).toEqual(['a', large]));
    });

    test('whose commit was cut off from its answer is known to have committed; the next has another epoch', async () => {
      const name = await topic();
      const producer = await open(proxied(), name);
      kafka.add({ direction: 'reply', names: ['EndTxn'], nth: 1, action: { kind: 'cut', when: 'before' } });
      const transaction = await producer.begin();
      transaction.append(name, 0, systemClock.now(), null, 'a', null);
      await transaction.send();
      await transaction.commit();
      const { epoch } = producer;
      const next = await producer.begin();
      expect(producer.epoch).toBe(epoch + 1);
      await next.abort();
      await eventually(async () => expect(await values(name)).toEqual(['a']));
    });

    test('is not ended by the commit of the one before that comes a second time', async () => {
      const name = await topic();
      const producer = await open(proxied(), name);
      const heard = Promise.withResolvers<KafkaMessage>();
      const onReply = heard.resolve;
      kafka.add({ direction: 'request', names: ['EndTxn'], nth: 1, action: { kind: 'duplicate', ms: 3_000, onReply } });
      kafka.add({ direction: 'reply', names: ['EndTxn'], nth: 1, action: { kind: 'cut', when: 'before' } });
      for (const value of ['a', 'b']) {
        const transaction = await producer.begin();
        transaction.append(name, 0, systemClock.now(), null, value, null);
        await transaction.send();
        if (value === 'a') await transaction.commit();
        else {
          expect(errorCodeOf(await heard.promise)).toBe(INVALID_PRODUCER_EPOCH);
          await transaction.abort();
        }
      }
      await eventually(async () => expect(await values(name)).toEqual(['a']));
    });

    test('does not get a batch that arrives when it was given up', async () => {
      const name = await topic();
      const transport = proxied();
      const producer = await open(transport, name, 2_000);
      const late = new Promise<Held<KafkaMessage>>((onHeld) =>
        kafka.add({ direction: 'request', names: ['Produce'], nth: 1, action: { kind: 'hold', onHeld } }),
      );
      const cut = kafka.add({ direction: 'request', names: ['Produce'], action: { kind: 'cut', when: 'before' } });
      const transaction = await producer.begin();
      transaction.append(name, 0, systemClock.now(), null, 'late', null);
      const sent = transaction.send();
      sent.catch(() => undefined);
      const held = await late;
      // Its sender does not wait for the answer.
      kafka.cutAll();
      await expect(sent).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
      await transaction.abort();
      cut();
      const next = await (await open(transport, name)).begin();
      next.append(name, 0, systemClock.now(), null, 'in time', null);
      await next.send();
      const answered = nextReply(kafka, 'Produce');
      held.forward();
      await answered;
      await next.commit();
      await eventually(async () => expect(await values(name)).toEqual(['in time']));
    });
  });

  describe('an engine is at each point when the failpoint says so', () => {
    const topology = (name: string): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  lines: { topic: ${name}-in, value: { format: text } }
views:
  words: { from: lines, select: [ "value as word" ] }
  counts: { from: words, groupBy: word, aggregate: [ count(*) as n ] }
sinks:
  counts: { from: counts, topic: ${name}-out, key: word, outputMode: update, value: { format: text, select: [ n ] } }
  copies: { from: lines, topic: ${name}-copies, value: { format: text, select: [ value ] } }
`;
    const fed = new Map<string, number>();
    let name = '';

    beforeAll(async () => {
      name = uniqueName('points');
      await createTopic(direct, `${name}-in`, 1);
      await createTopic(direct, `${name}-out`, 1);
      await createTopic(direct, `${name}-copies`, 1, { 'max.message.bytes': '8000000' });
    });

    async function feed(...words: string[]): Promise<void> {
      for (const word of words) fed.set(word, (fed.get(word) ?? 0) + 1);
      await produce(
        direct,
        `${name}-in`,
        words.map((value) => ({ key: null, value })),
      );
    }

    function start(): ObservedEngine {
      const connection = new IoredisConnection({ url: redis.url });
      const state = new RedisBackend(connection, { application: name, writeDelayMs: 1, handoverMs: 50 }, systemClock);
      const transport = proxied();
      const settings = { sessionTimeoutMs: 6_000, fetchBufferBytes: 64 << 20 };
      const observed = makeEngine(planOf(topology(name)), transport, state, { settings });
      closing.push({
        async close() {
          await observed.engine.stop();
          await state.close();
        },
      });
      return observed;
    }

    const at = (point: Failpoint, nth = 1): Promise<Reached> => arm(point, { kafka: [kafka], redis }, { nth });

    async function untilCounted(): Promise<void> {
      await eventually(async () => {
        const last = new Map<string | null, string | null>();
        for (const { key, value } of await readTopic(direct, `${name}-out`)) last.set(key, value);
        expect(last).toEqual(new Map([...fed].map(([word, n]) => [word, String(n)])));
      });
    }

    async function commands(...command: string[]): Promise<void> {
      const client = new RedisClient(new IoredisConnection({ url: redisUrl }), systemClock);
      await client.call(command[0], command.slice(1));
      client.close();
    }

    test('when it takes tasks over', async () => {
      const [f12, f13] = [at('F12'), at('F13')];
      const { engine, events } = start();
      const phases = (): string[] => events.flatMap((event) => (event.kind === 'task' ? [event.state] : []));
      await engine.start();
      const assigned = await f12;
      expect(phases()).not.toContain('restoring');
      assigned.release();
      const fenced = await f13;
      expect(fenced.what).toContain('ListOffsets');
      fenced.release();
      await eventually(() => expect(phases().filter((state) => state === 'running')).toHaveLength(2));
      await feed('a', 'b', 'a');
      await untilCounted();
    });

    test('when it commits', async () => {
      const { engine, events } = start();
      await engine.start();
      await feed('a');
      await untilCounted();
      const points = ['F1', 'F2', 'F2-acked', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9'] as const;
      for (const point of points) {
        const armed = at(point);
        await feed('a', point);
        const reached = await armed;
        reached.release();
        await untilCounted();
      }
      // Two batches for one partition: the second is sent when the first is acknowledged.
      const some = at('F3');
      await feed('x'.repeat(600_000), 'y'.repeat(600_000), 'z'.repeat(600_000));
      (await some).release();
      await untilCounted();
      expect(events.filter(({ kind }) => kind === 'error' || kind === 'aborted')).toEqual([]);
    });

    test('when it catches up, and when it builds its copy anew', async () => {
      const first = start();
      await first.engine.start();
      await feed('a');
      await untilCounted();
      const lost = redis.add({ direction: 'request', names: ['apply'], action: { kind: 'cut', when: 'before' } });
      await feed('a', 'b');
      await untilCounted();
      await closing.pop()?.close();
      lost();

      const behind = at('F10');
      const second = start();
      await second.engine.start();
      (await behind).release();
      await feed('b');
      await untilCounted();
      const restored = (rebuild: boolean): unknown =>
        expect.objectContaining({ kind: 'restored', task: { subTopology: 'counts', partition: 0 }, rebuild });
      expect(second.events).toContainEqual(restored(false));
      expect(second.events).not.toContainEqual(restored(true));

      const anew = at('F11');
      await commands('flushall');
      // The first batch is written behind, and refused; the next finds that out.
      const refused = nextReply(redis, 'apply');
      await feed('b');
      await refused;
      await feed('b');
      (await anew).cut();
      await untilCounted();
      expect(second.events).toContainEqual(restored(true));
    });

    test('and stops within a handover when Redis is away; what that has not heard of is caught up with', async () => {
      const first = start();
      await first.engine.start();
      await feed('d');
      await untilCounted();
      const heal = redis.partition();
      await feed('d');
      await untilCounted();
      await closing.pop()?.close();
      heal();
      await start().engine.start();
      await feed('d');
      await untilCounted();
    });

    test('not at all when nobody waits for it any more', async () => {
      const giveUp = new AbortController();
      const armed = arm('F4', { kafka: [kafka], redis }, { signal: giveUp.signal });
      giveUp.abort(new Error('enough'));
      await expect(armed).rejects.toThrow('enough');
      const { engine } = start();
      await engine.start();
      await feed('c');
      await untilCounted();
    });
  });
});
