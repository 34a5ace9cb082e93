import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { checkAccess } from './access.ts';
import type { Answer } from './answer.ts';
import { listen } from './listen.ts';
import type { ListenOptions } from './listen.ts';
import { probeRoutes } from './probe-routes.ts';
import type { ProbeOptions } from './probe-routes.ts';
import { Problem, asProblem } from './problem.ts';
import { Router } from './router.ts';
import { topologyRoutes } from './topology-routes.ts';
import { uiRoutes } from './ui-routes.ts';

export interface HttpOptions extends ListenOptions, ProbeOptions {
  /** Bearer token of `/api`; null = it answers this machine only. */
  readonly token: string | null;
  /** Told of requests that failed by a defect or a broken dependency (status 500). */
  onError(error: unknown, url: string): void;
}

export interface HttpServer {
  /** The port that it listens on, also where port 0 was asked for. */
  readonly port: number;
  /** Where people on this machine reach it, e.g. `http://localhost:8080`. */
  readonly url: string;
  /** Takes no more connections, lets the requests under way end for `graceMs`, then cuts them off. Never rejects. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 2_000;

/**
 * Starts the one HTTP server of the process: probes, metrics, API and page. Resolves when it listens.
 * @throws PORT_IN_USE, or CONFIG_INVALID for a host or port that cannot be had
 */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  const router = new Router([...probeRoutes(options), ...topologyRoutes(options.topologies), ...uiRoutes()]);
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 65_000 }, (request, response) => {
    request.resume();
    void respond(request, response, router, options);
  });
  const port = await listen(server, options);
  const host =
    options.host === '0.0.0.0' || options.host === '::' || options.host === '127.0.0.1' ? 'localhost' : options.host;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: (graceMs = DEFAULT_GRACE_MS) => close(server, graceMs),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  router: Router,
  options: HttpOptions,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerTo(request, router, options.token);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.status === 500) options.onError(thrown, request.url ?? '');
    answer = {
      status: problem.status,
      contentType: 'application/problem+json',
      body: `${JSON.stringify(problem)}\n`,
      headers: problem.headers,
    };
  }
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerTo(request: IncomingMessage, router: Router, token: string | null): Answer | Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new Problem(405, `${request.method} is not allowed here`, { headers: { allow: 'GET, HEAD' } });
  }
  const url = request.url ?? '/';
  const queryAt = url.includes('?') ? url.indexOf('?') : url.length;
  const path = url.slice(0, queryAt);
  if (path === '/api' || path.startsWith('/api/')) checkAccess(request, token);
  return router.handle(path, new URLSearchParams(url.slice(queryAt + 1)));
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
