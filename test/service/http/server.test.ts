import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { MillraceError } from '../../../src/core/errors.ts';
import { startHttpServer } from '../../../src/service/http/server.ts';
import type { HttpOptions, HttpServer } from '../../../src/service/http/server.ts';
import type { RunningTopology, StoreAnswer } from '../../../src/service/http/running-topology.ts';
import { TopologyStatus } from '../../../src/service/progress/topology-status.ts';
import { HeldClock, batchBehindRepartition, batchOf } from '../batches.ts';
import { fakeTopology } from './fake-topology.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});

const failures: unknown[] = [];

async function start(
  topologies: readonly RunningTopology[],
  overrides: Partial<HttpOptions> = {},
): Promise<HttpServer> {
  failures.length = 0;
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    portTaken: 'fail',
    token: null,
    topologies: () => topologies,
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('millrace_build_info 1\n') },
    version: { version: '1.2.3' },
    onError: (error) => failures.push(error),
    ...overrides,
  });
  open.push(server);
  return server;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // Whatever the route answers; each test says what it expects of it.
  readonly body: unknown;
}

/** One request with exactly these headers; `fetch` would not let the host be chosen. */
function send(server: HttpServer, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          const body: unknown = isJson ? JSON.parse(text) : null;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

function running(name = 'wc'): TopologyStatus {
  const status = new TopologyStatus({ name, clock: new HeldClock() });
  status.onEvent({ kind: 'topology', state: 'running' });
  status.onEvent({ kind: 'task', task: { subTopology: 'counts', partition: 0 }, state: 'running', reason: '' });
  return status;
}

const withStore = (answer: StoreAnswer | Error, keys: string[] = []): RunningTopology =>
  fakeTopology(running(), (_, key) => {
    keys.push(key);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });

describe('probes', () => {
  test('are all well when everything runs', async () => {
    const server = await start([fakeTopology(running())]);
    for (const path of ['/livez', '/readyz', '/startupz']) {
      expect(await send(server, path), path).toMatchObject({ status: 200, body: { status: 'ok', reasons: [] } });
    }
  });

  test('tell restoring (not ready) from failed (not alive)', async () => {
    const status = running();
    const server = await start([fakeTopology(status)]);
    status.onEvent({ kind: 'task', task: { subTopology: 'counts', partition: 0 }, state: 'restoring', reason: '' });
    expect((await send(server, '/livez')).status).toBe(200);
    expect(await send(server, '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', reasons: ['task counts/0 of topology wc is restoring'] },
    });
    status.onEvent({ kind: 'topology', state: 'failed' });
    expect((await send(server, '/livez')).status).toBe(503);
  });

  test('metrics and version are answered without a token, from wherever', async () => {
    const server = await start([], { token: 's3cret' });
    const metrics = await send(server, '/metrics', { host: 'pod-0.example' });
    expect(metrics).toMatchObject({ status: 200, text: 'millrace_build_info 1\n' });
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect((await send(server, '/version')).body).toEqual({ version: '1.2.3' });
  });
});

describe('the API', () => {
  test('tells what runs and how it does', async () => {
    const status = running();
    status.onBatch(batchOf(0));
    const server = await start([fakeTopology(status), fakeTopology(running('other'))]);
    const summary = {
      name: 'wc',
      state: 'running',
      tasks: 1,
      taskStates: { running: 1 },
      lag: 20,
      errors: 0,
      lastError: null,
    };
    const base = '/api/v1/topologies';
    expect((await send(server, base)).body).toMatchObject([summary, { name: 'other', lag: null }]);
    expect((await send(server, `${base}/wc`)).body).toMatchObject({
      ...summary,
      stores: [{ name: 'counts', keyColumns: [{ name: 'word', type: 'string' }] }, { name: 'pairs' }],
    });
    expect((await send(server, `${base}/wc/graph`)).body).toEqual({ nodes: ['lines', 'counts'] });
    expect((await send(server, `${base}/wc/partitions`)).body).toMatchObject([{ task: 'counts/0', position: 4_000 }]);
    expect((await send(server, `${base}/wc/errors`)).body).toEqual([]);
    expect((await send(server, `${base}/wc/stores`)).body).toMatchObject([{ name: 'counts' }, { name: 'pairs' }]);
    expect((await send(server, `${base}/wc/lag`)).body).toEqual({
      total: 20,
      partitions: [
        {
          task: 'counts/0',
          source: 'lines',
          internal: false,
          topic: 'lines',
          partition: 0,
          position: 150,
          latestOffset: 170,
          lag: 20,
        },
      ],
    });
  });

  test('adds up the lag of sources, not that of repartition topics, whose rows came in already', async () => {
    const status = running();
    status.onBatch(batchBehindRepartition());
    const server = await start([fakeTopology(status)]);
    expect((await send(server, '/api/v1/topologies/wc/lag')).body).toMatchObject({
      total: null,
      partitions: [{ source: 'counts', internal: true, lag: 20 }],
    });
  });

  test('gives as many batches as asked for, 20 if not asked, and refuses a limit that is none', async () => {
    const status = running();
    for (let batchId = 0; batchId < 30; batchId++) status.onBatch(batchOf(0, { batchId }));
    const server = await start([fakeTopology(status)]);
    const path = '/api/v1/topologies/wc/progress';
    expect((await send(server, `${path}?limit=1`)).body).toMatchObject([{ batchId: 29 }]);
    expect((await send(server, path)).body).toHaveLength(20);
    for (const limit of ['0', '-1', '1.5', 'x', '', '1001']) {
      expect((await send(server, `${path}?limit=${limit}`)).status, limit).toBe(400);
    }
  });

  test('names what it has when asked for a topology that it has not', async () => {
    const server = await start([fakeTopology(running())]);
    expect(await send(server, '/api/v1/topologies/nope/lag')).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'no topology nope runs here (wc)' },
    });
  });
});

describe('a state query', () => {
  const path = '/api/v1/topologies/wc/stores/counts';

  test('answers with the entry, its position, watermark and partition', async () => {
    const entry = { key: 'cat', value: { n: 4 }, position: 77, watermark: null, partition: 2 };
    const keys: string[] = [];
    const server = await start([withStore({ kind: 'found', ...entry }, keys)]);
    const reply = await send(server, `${path}?key=${encodeURIComponent('["a?b&c", 1]')}`);
    expect(reply).toMatchObject({ status: 200, body: entry });
    expect(reply.body).not.toHaveProperty('kind');
    expect(keys).toEqual(['["a?b&c", 1]']);
  });

  test('reaches the key as it was written, also with a question mark left as it is', async () => {
    const keys: string[] = [];
    const server = await start([withStore({ kind: 'absent', position: 1, partition: 0 }, keys)]);
    await send(server, `${path}?key=who?`);
    expect(keys).toEqual(['who?']);
  });

  test.each<[string, StoreAnswer, number, Record<string, unknown>]>([
    [
      '404 with the position for an absent key',
      { kind: 'absent', position: 77, partition: 2 },
      404,
      { position: 77, partition: 2 },
    ],
    [
      '404 with the names for an unknown store',
      { kind: 'unknownStore' },
      404,
      { detail: 'topology wc has no store counts (counts, pairs)' },
    ],
    ['400 for a bad key', { kind: 'badKey', reason: 'not a bigint' }, 400, { detail: 'not a bigint' }],
    [
      '503 with the owner where another process knows',
      { kind: 'unavailable', reason: 'elsewhere', owner: 'b:8080' },
      503,
      { owner: 'b:8080' },
    ],
  ])('is answered %s', async (_, answer, status, body) => {
    const server = await start([withStore(answer)]);
    const reply = await send(server, `${path}?key=x`);
    expect(reply).toMatchObject({ status, body });
    expect(reply.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  test('without a key is refused with what to write', async () => {
    const server = await start([withStore({ kind: 'unknownStore' })]);
    expect(await send(server, path)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('?key=') } });
  });

  test('is asked to come again while Redis is away', async () => {
    const server = await start([withStore(new MillraceError('STATE_UNAVAILABLE', 'no connection'))]);
    expect(await send(server, `${path}?key=x`)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'STATE_UNAVAILABLE' },
    });
    expect(failures).toEqual([]);
  });

  test('that meets a defect is a 500 without a stack, and the defect is told', async () => {
    const server = await start([withStore(new TypeError('x is undefined'))]);
    const reply = await send(server, `${path}?key=x`);
    expect(reply).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(reply.text).not.toContain('at ');
    expect(failures).toHaveLength(1);
  });
});

describe('access to the API', () => {
  const path = '/api/v1/topologies';

  test.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080'])(
    'without a token is given to %s',
    async (host) => {
      const server = await start([]);
      expect((await send(server, path, { host })).status).toBe(200);
    },
  );

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8080', '10.0.0.1'])(
    'without a token is refused to a page of %s that resolves to this machine',
    async (host) => {
      const server = await start([]);
      expect(await send(server, path, { host })).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('http.token') },
      });
    },
  );

  test('with a token is given to whoever bears it, by any name', async () => {
    const server = await start([], { token: 's3cret' });
    const bearer = { authorization: 'Bearer s3cret', host: 'pod-0.example' };
    expect((await send(server, path, bearer)).status).toBe(200);
  });

  test.each([undefined, 'Bearer', 'Bearer s3cre', 'Bearer s3crets', 'Basic s3cret', 's3cret'])(
    'with a token is refused to the header %s, also from this machine',
    async (authorization) => {
      const server = await start([], { token: 's3cret' });
      const reply = await send(server, path, authorization === undefined ? {} : { authorization });
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );
});

describe('requests that fit nothing', () => {
  test.each(['/nope', '/api', '/api/v2/topologies', '/ui/../server.ts', '/ui/app.ts', '//livez', '/livez/x'])(
    '%s is a 404',
    async (path) => {
      const server = await start([]);
      expect((await send(server, path)).status).toBe(404);
    },
  );

  test('broken percent-encoding is a 400', async () => {
    const server = await start([]);
    expect((await send(server, '/api/v1/topologies/%zz')).status).toBe(400);
  });

  test('other methods are a 405 that names those allowed; HEAD is GET without a body', async () => {
    const server = await start([]);
    const post = await send(server, '/livez', {}, 'POST');
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    const head = await send(server, '/livez', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
  });
});

describe('the port', () => {
  test('that is taken is an error that names it', async () => {
    const { port } = await start([]);
    await expect(start([], { port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} on 127.0.0.1 is taken by another process`,
    });
  });

  test('that is taken is passed over where the next one will do', async () => {
    const first = await start([]);
    const second = await start([], { port: first.port, portTaken: 'next' });
    expect(second.port).toBeGreaterThan(first.port);
    expect(second.url).toBe(`http://localhost:${second.port}`);
    expect((await send(second, '/livez')).status).toBe(200);
  });

  test('of a host that is not ours is a setting to correct', async () => {
    await expect(start([], { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('closing', () => {
  test('lets the request under way end and takes no more', async () => {
    let answer: (metrics: string) => void = () => {};
    let asked: () => void = () => {};
    const underWay = new Promise<void>((resolve) => (asked = resolve));
    const render = () => {
      asked();
      return new Promise<string>((resolve) => (answer = resolve));
    };
    const server = await start([], { metrics: { contentType: 'text/plain', render } });
    const reply = send(server, '/metrics');
    await underWay;
    const closed = server.close(60_000);
    answer('late\n');
    expect(await reply).toMatchObject({ status: 200, text: 'late\n' });
    await closed;
    await expect(send(server, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('cuts off who says nothing', async () => {
    const server = await start([]);
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /livez HTTP/1.1\r\n');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    await server.close(0);
    await ended;
  });
});
