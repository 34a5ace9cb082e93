import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SCRIPTS } from '../../../src/state/redis/scripts.ts';
import { Flow } from './flow.ts';
import { KAFKA } from './kafka-protocol.ts';
import type { Framing, Message } from './message.ts';
import { REDIS } from './redis-protocol.ts';

/** A frame of Kafka: a Produce, an EndTxn, or something that nobody here speaks. */
const kafkaRequest = fc
  .tuple(fc.constantFrom(0, 26, 999), fc.uint8Array({ maxLength: 40 }))
  .map(([apiKey, body]) => (correlationId: number) => {
    const head = Buffer.alloc(14);
    head.writeInt32BE(10 + body.length, 0);
    head.writeInt16BE(apiKey, 4);
    head.writeInt16BE(7, 6);
    head.writeInt32BE(correlationId, 8);
    return {
      name:
        new Map([
          [0, 'Produce'],
          [26, 'EndTxn'],
        ]).get(apiKey) ?? 'api 999',
      bytes: Buffer.concat([head, body]),
    };
  });

const command = (...texts: (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${texts.length}\r\n`),
    ...texts.flatMap((text) => [
      Buffer.from(`$${Buffer.byteLength(text)}\r\n`),
      Buffer.from(text),
      Buffer.from('\r\n'),
    ]),
  ]);

const redisRequest = fc.oneof(
  fc.constant({ name: 'ping', bytes: command('PING') }),
  fc.constant({ name: 'load', bytes: command('EVAL', SCRIPTS.load.lua, '1', 'key') }),
  fc
    .uint8Array({ maxLength: 40 })
    .map((value) => ({ name: 'hset', bytes: command('hset', 'key', 'field', Buffer.from(value)) })),
);

const redisReplies = [
  '+OK\r\n',
  '-NOSCRIPT no matching script\r\n',
  ':12\r\n',
  '_\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '$5\r\na\r\nbc\r\n',
  '*0\r\n',
  '*-1\r\n',
  '*3\r\n$4\r\nDONE\r\n:7\r\n*2\r\n+a\r\n$1\r\nb\r\n',
  '%2\r\n+role\r\n+master\r\n+modules\r\n*0\r\n',
  '|1\r\n+ttl\r\n:3\r\n*1\r\n#t\r\n',
  '=7\r\ntxt:abc\r\n',
];

/** The bytes in pieces of these sizes, again and again. */
function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cut;
}

/** What a flow passes on of the chunks, and the messages it shows to a judge who wants those of one name. */
async function passed<M extends Message>(
  framing: Framing<M>,
  chunks: readonly Buffer[],
  wanted: string,
  late: boolean,
) {
  const from = new PassThrough();
  const to = new PassThrough();
  const out: Buffer[] = [];
  to.on('data', (bytes: Buffer) => out.push(bytes));
  const begun: string[] = [];
  const judged: Buffer[] = [];
  const failures: unknown[] = [];
  const over = Promise.withResolvers<void>();
  const flow: Flow<M> = new Flow(from, to, framing, {
    begins: (name) => begun.push(name) > 0 && name === wanted,
    judge(message) {
      judged.push(message.bytes);
      return late ? Promise.resolve('forward') : 'forward';
    },
    cut: () => undefined,
    onFailure(error) {
      failures.push(error);
      over.resolve();
    },
    onProgress: () => (flow.isOver ? over.resolve() : undefined),
  });
  for (const chunk of chunks) from.write(chunk);
  from.end();
  await over.promise;
  to.end();
  await once(to, 'end');
  return { out: Buffer.concat(out), begun, judged: judged.map((bytes) => bytes.toString('latin1')), failures };
}

const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** Any requests go on byte by byte, and those of the name wanted are seen whole. */
async function expectPassed<M extends Message>(
  request: fc.Arbitrary<(i: number) => { readonly name: string; readonly bytes: Buffer }>,
  open: () => Framing<M>,
  wanted: string,
): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(request, { maxLength: 12 }),
    sizes,
    fc.boolean(),
    async (makers, cut, late) => {
      const requests = makers.map((make, i) => make(i));
      const bytes = Buffer.concat(requests.map((each) => each.bytes));
      const seen = await passed(open(), pieces(bytes, cut), wanted, late);
      expect(seen.failures).toEqual([]);
      expect(seen.out.toString('latin1')).toBe(bytes.toString('latin1'));
      expect(seen.begun).toEqual(requests.map(({ name }) => name));
      expect(seen.judged).toEqual(
        requests.filter(({ name }) => name === wanted).map((each) => each.bytes.toString('latin1')),
      );
    },
  );
  await fc.assert(property, { numRuns: 500 });
}

test('requests of Kafka, cut into pieces anywhere, go on byte by byte, and are seen whole', () =>
  expectPassed(kafkaRequest, () => KAFKA.open().requests, 'EndTxn'));

test('requests of Redis, cut into pieces anywhere, go on byte by byte, and are seen whole', () =>
  expectPassed(
    redisRequest.map((made) => () => made),
    () => REDIS.open().requests,
    'load',
  ));

test('replies of Redis of every kind answer the requests in their order, and pushes none', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...redisReplies), { maxLength: 12 }),
      sizes,
      fc.boolean(),
      async (replies, cut, late) => {
        const { requests, replies: framing } = REDIS.open();
        const names = replies.map((_, i) => (i % 3 === 0 ? 'get' : 'ping'));
        for (const name of names) {
          const bytes = command(name, 'key');
          for (let at = 0; at < bytes.length;) at = requests.advance(bytes, at);
        }
        const push = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nkey\r\n';
        const bytes = Buffer.from(push + replies.join(push));
        const seen = await passed(framing, pieces(bytes, cut), 'get', late);
        expect(seen.failures).toEqual([]);
        expect(seen.out.toString('latin1')).toBe(bytes.toString('latin1'));
        expect(seen.begun.filter((name) => name !== 'push')).toEqual(names);
        expect(seen.judged).toEqual(replies.filter((_, i) => i % 3 === 0));
      },
    ),
  );
});

test('what is not of the protocol is not passed on, and said to be so', async () => {
  const nothing = await passed(REDIS.open().requests, [Buffer.from('GET / HTTP/1.1\r\n')], 'get', false);
  expect(nothing.out).toHaveLength(0);
  expect(String(nothing.failures[0])).toContain('RESP');
  const stray = await passed(KAFKA.open().replies, [Buffer.from([0, 0, 0, 4, 0, 0, 0, 9])], 'Fetch', false);
  expect(String(stray.failures[0])).toContain('correlation id 9');
});
