import { Problem } from './problem.ts';
import type { Answer } from './answer.ts';

/** A request as a route sees it: path parameters decoded, the query parsed. */
export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface Route {
  /** Segments after `:` are parameters: `/api/v1/topologies/:topology/stores/:store`. */
  readonly path: string;
  handle(request: RouteRequest): Answer | Promise<Answer>;
}

/** Finds the route of a path. All routes are for GET; a path that fits no route is a 404, one that cannot be decoded a 400. */
export class Router {
  readonly #routes: readonly { readonly segments: readonly string[]; readonly route: Route }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ segments: route.path.split('/'), route }));
  }

  handle(path: string, query: URLSearchParams): Answer | Promise<Answer> {
    const segments = path.split('/');
    if (segments.length > 2 && segments.at(-1) === '') segments.pop();
    for (const { segments: pattern, route } of this.#routes) {
      if (matches(pattern, segments)) return route.handle({ params: paramsOf(pattern, segments), query });
    }
    throw new Problem(404, `there is nothing at ${path}`);
  }
}

const matches = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]));

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  pattern.forEach((part, i) => {
    if (part.startsWith(':')) params[part.slice(1)] = decoded(segments[i]);
  });
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem(400, `the path segment ${segment} is not valid percent-encoding`);
  }
}
