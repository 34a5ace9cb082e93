import { afterEach, describe, expect, test, vi } from 'vitest';
import { ANY_NODE } from '../../src/kafka/api.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { WireBroker, type WireRequest } from './wire-broker.ts';

const METADATA = 3;
const HEARTBEAT = 12;

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0)) await resource.stop();
  vi.restoreAllMocks();
});

async function broker(handle: (request: WireRequest, self: () => WireBroker) => void): Promise<WireBroker> {
  const started = await WireBroker.start((request) => handle(request, () => started));
  open.push(started);
  return started;
}

function link(brokers: readonly string[], options: { requestTimeoutMs?: number; connectionTimeoutMs?: number } = {}) {
  const made = new KafkajsLink({ brokers, clientId: 'millrace-test', ...options });
  open.unshift({ stop: () => made.close() });
  return made;
}

const at = (server: { port: number }) => `127.0.0.1:${server.port}`;

/** A Metadata v6 reply that names one broker. */
function metadataBody(nodeId: number, port: number): Buffer {
  const host = Buffer.from('127.0.0.1');
  const body = Buffer.alloc(4 + 4 + 4 + 2 + host.length + 4 + 2 + 2 + 4 + 4);
  let end = body.writeInt32BE(0, 0); // throttle time
  end = body.writeInt32BE(1, end);
  end = body.writeInt32BE(nodeId, end);
  end = body.writeInt16BE(host.length, end);
  end += host.copy(body, end);
  end = body.writeInt32BE(port, end);
  end = body.writeInt16BE(-1, end); // rack
  end = body.writeInt16BE(-1, end); // cluster id
  end = body.writeInt32BE(nodeId, end); // controller
  body.writeInt32BE(0, end);
  return body;
}

/** A Heartbeat v3 reply. */
function heartbeatBody(errorCode: number): Buffer {
  const body = Buffer.alloc(6);
  body.writeInt16BE(errorCode, 4);
  return body;
}

const heartbeat = { groupId: 'g', generation: 1, memberId: 'm' };

describe('the link over sockets', () => {
  test('learns where a node is from Metadata before it first speaks to it', async () => {
    const seen: [number, number, string][] = [];
    const server = await broker((request, self) => {
      seen.push([request.apiKey, request.apiVersion, request.clientId]);
      request.reply(request.apiKey === METADATA ? metadataBody(7, self().port) : heartbeatBody(27));
    });
    expect(await link([at(server)]).send(7, 'Heartbeat', heartbeat)).toEqual({ errorCode: 27 });
    expect(seen).toEqual([
      [METADATA, 6, 'millrace-test'],
      [HEARTBEAT, 3, 'millrace-test'],
    ]);
  });

  test('asks Metadata for no topics, not for all, when none are wanted', async () => {
    let body = Buffer.alloc(0);
    const server = await broker((request, self) => {
      body = Buffer.from(request.body);
      request.reply(metadataBody(1, self().port));
    });
    await link([at(server)]).send(ANY_NODE, 'Metadata', { topics: [] });
    expect([body.readInt32BE(0), body[4]]).toEqual([0, 0]);
  });

  test('writes and reads what flexible versions have more, and passes over fields it does not know', async () => {
    let body = Buffer.alloc(0);
    const id = 'a'.repeat(200);
    const compact = (text: string): Buffer =>
      Buffer.from([...(text.length < 127 ? [text.length + 1] : [0xc9, 0x01]), ...Buffer.from(text)]);
    const server = await broker((request) => {
      body = Buffer.from(request.body);
      const unknownField = [1, 9, 3, 7, 7, 7];
      const throttleMs = [0, 0, 0, 0];
      const errorCode = [0, 0];
      const head = Buffer.from([...unknownField, ...throttleMs, 2, ...errorCode]);
      request.reply(Buffer.concat([head, compact(id), compact('PrepareCommit'), Buffer.alloc(30)]));
    });
    const reply = await link([at(server)]).send(ANY_NODE, 'DescribeTransactions', { transactionalId: id });
    expect(reply).toEqual({ errorCode: 0, state: 'PrepareCommit' });
    expect(body).toEqual(Buffer.concat([Buffer.from([0, 2]), compact(id), Buffer.from([0])]));
  });

  test('tells a node that the cluster does not have', async () => {
    const server = await broker((request, self) => request.reply(metadataBody(1, self().port)));
    await expect(link([at(server)]).send(5, 'Heartbeat', heartbeat)).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: 'the cluster has no broker 5 at present',
    });
  });

  test('takes the next of the configured brokers when one cannot be reached', async () => {
    const gone = await WireBroker.start(() => undefined);
    await gone.stop();
    const server = await broker((request, self) => request.reply(metadataBody(1, self().port)));
    const reply = await link([at(gone), at(server)]).send(ANY_NODE, 'Metadata', { topics: [] });
    expect(reply.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: server.port }]);
  });

  test('takes another of the brokers after one did not answer', async () => {
    const silent = await broker(() => undefined);
    const server = await broker((request, self) => request.reply(metadataBody(1, self().port)));
    const client = link([at(silent), at(server)], { requestTimeoutMs: 100 });
    await expect(client.send(ANY_NODE, 'Metadata', { topics: [] })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    });
    expect((await client.send(ANY_NODE, 'Metadata', { topics: [] })).brokers).toHaveLength(1);
  });

  test('waits for a reply that the broker holds back on purpose for as long as it may', async () => {
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) request.reply(metadataBody(1, self().port));
      else setTimeout(() => request.reply(Buffer.alloc(22)), 400);
    });
    const join = { groupId: 'g', sessionTimeoutMs: 1, memberId: '', protocolType: 'consumer', protocols: [] };
    const client = link([at(server)], { requestTimeoutMs: 100 });
    expect(await client.send(1, 'JoinGroup', { ...join, rebalanceTimeoutMs: 60_000 })).toMatchObject({ errorCode: 0 });
    await expect(client.send(1, 'JoinGroup', { ...join, rebalanceTimeoutMs: 0 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    });
  });

  test('rejects when no broker can be reached', async () => {
    const gone = await WireBroker.start(() => undefined);
    await gone.stop();
    await expect(link([at(gone)]).send(ANY_NODE, 'Metadata', { topics: [] })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    });
  });

  test('rejects a request whose connection breaks, and opens a new one for the next', async () => {
    let heartbeats = 0;
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) request.reply(metadataBody(1, self().port));
      else if (++heartbeats === 1) request.cut();
      else request.reply(heartbeatBody(0));
    });
    const client = link([at(server)]);
    await expect(client.send(1, 'Heartbeat', heartbeat)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(await client.send(1, 'Heartbeat', heartbeat)).toEqual({ errorCode: 0 });
  });

  test('does not use a connection that the broker has closed meanwhile', async () => {
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) return request.reply(metadataBody(1, self().port));
      request.reply(heartbeatBody(0));
      request.hangUp();
    });
    const client = link([at(server)]);
    for (let i = 0; i < 3; i++) {
      expect(await client.send(1, 'Heartbeat', heartbeat)).toEqual({ errorCode: 0 });
      await expect.poll(() => server.standing).toBe(1); // the one for Metadata
    }
  });

  test('does not carry half a reply over into the next connection', async () => {
    let heartbeats = 0;
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) request.reply(metadataBody(1, self().port));
      else if (++heartbeats === 1) request.replyHalf(heartbeatBody(22));
      else request.reply(heartbeatBody(0));
    });
    const client = link([at(server)]);
    await expect(client.send(1, 'Heartbeat', heartbeat)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(await client.send(1, 'Heartbeat', heartbeat)).toEqual({ errorCode: 0 });
  });

  test('rejects a request without a reply in time, and never speaks on that connection again', async () => {
    const connections: number[] = [];
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) request.reply(metadataBody(1, self().port));
      else {
        connections.push(request.connection);
        if (connections.length > 1) request.reply(heartbeatBody(0));
      }
    });
    const client = link([at(server)], { requestTimeoutMs: 150 });
    await expect(client.send(1, 'Heartbeat', heartbeat)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    await client.send(1, 'Heartbeat', heartbeat);
    expect(new Set(connections).size).toBe(2);
  });

  test('does not have a request wait behind one that the broker holds', async () => {
    const held: WireRequest[] = [];
    const answered: number[] = [];
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) return request.reply(metadataBody(1, self().port));
      if (held.length === 0) return void held.push(request);
      answered.push(request.connection);
      request.reply(heartbeatBody(0));
    });
    const client = link([at(server)]);
    const first = client.send(1, 'Heartbeat', heartbeat);
    await expect.poll(() => held.length).toBe(1);
    expect(await client.send(1, 'Heartbeat', heartbeat)).toEqual({ errorCode: 0 });
    // A broker does not look at the second request of a connection before it has answered the first.
    expect(answered).not.toContain(held[0].connection);
    held[0].reply(heartbeatBody(27));
    expect(await first).toEqual({ errorCode: 27 });
  });

  test('does not open one connection for every request of many', async () => {
    const server = await broker((request, self) =>
      request.reply(request.apiKey === METADATA ? metadataBody(1, self().port) : heartbeatBody(0)),
    );
    const client = link([at(server)]);
    await Promise.all(Array.from({ length: 50 }, () => client.send(1, 'Heartbeat', heartbeat)));
    expect(server.connections).toBeLessThanOrEqual(6);
  });

  test('rejects what is under way when it is closed, and whatever is sent after', async () => {
    const held: WireRequest[] = [];
    const server = await broker((request, self) => {
      if (request.apiKey === METADATA) request.reply(metadataBody(1, self().port));
      else held.push(request);
    });
    const client = link([at(server)]);
    const pending = client.send(1, 'Heartbeat', heartbeat);
    await expect.poll(() => held.length).toBe(1);
    await client.close();
    await expect(pending).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await expect(client.send(1, 'Heartbeat', heartbeat)).rejects.toThrowError('the link to the brokers is closed');
  });

  test('tells of a reply that cannot be read', async () => {
    const server = await broker((request, self) =>
      request.reply(request.apiKey === METADATA ? metadataBody(1, self().port) : Buffer.alloc(3)),
    );
    await expect(link([at(server)]).send(1, 'Heartbeat', heartbeat)).rejects.toMatchObject({ code: 'BROKER_ERROR' });
  });

  test('sets no timer that fires at once again and again while the connection is idle', async () => {
    const server = await broker((request, self) => request.reply(metadataBody(1, self().port)));
    const client = link([at(server)]);
    await client.send(ANY_NODE, 'Metadata', { topics: [] });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await client.send(ANY_NODE, 'Metadata', { topics: [] });
    expect(timers.mock.calls.filter(([, delay]) => (delay ?? 0) <= 1)).toEqual([]);
  });

  test.each([[''], ['host'], ['host:'], ['host:port']])('refuses the broker address %j', (address) => {
    expect(() => new KafkajsLink({ brokers: [address], clientId: 'x' })).toThrowError(/is not of the form host:port/);
  });

  test('refuses an empty list of brokers', () => {
    expect(() => new KafkajsLink({ brokers: [], clientId: 'x' })).toThrowError('kafka.brokers is empty');
  });
});
