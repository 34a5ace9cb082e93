import { typeName } from '../../core/types.ts';
import type { TaskState } from '../../core/progress.ts';
import type { TaskStatus } from '../progress/task-status.ts';
import { json } from './answer.ts';
import type { Answer } from './answer.ts';
import { Problem, unavailable } from './problem.ts';
import type { Route, RouteRequest } from './router.ts';
import type { RunningTopology } from './running-topology.ts';

const BASE = '/api/v1/topologies';
const DEFAULT_LIMIT = 20;
const MOST = 1_000;

/** The API of topologies: what runs, how it does, what it holds. */
export function topologyRoutes(topologies: () => readonly RunningTopology[]): Route[] {
  const of = (
    path: string,
    answer: (topology: RunningTopology, request: RouteRequest) => Answer | Promise<Answer>,
  ) => ({
    path: `${BASE}/:topology${path}`,
    handle: (request: RouteRequest) => answer(named(topologies(), request.params['topology']), request),
  });
  return [
    { path: BASE, handle: () => json(topologies().map(summary)) },
    of('', (topology) => json({ ...summary(topology), stores: topology.stores.map(storeSummary) })),
    of('/graph', (topology) => json(topology.graph())),
    of('/lag', (topology) => json(lag(topology))),
    of('/partitions', (topology) => json(topology.tasks())),
    of('/errors', (topology) => json(topology.errors())),
    of('/progress', (topology, { query }) => json(topology.progress(limitOf(query)))),
    of('/stores', (topology) => json(topology.stores.map(storeSummary))),
    of('/stores/:store', (topology, { params, query }) => readStore(topology, params['store'], query)),
  ];
}

function named(topologies: readonly RunningTopology[], name: string): RunningTopology {
  const topology = topologies.find((candidate) => candidate.name === name);
  if (topology !== undefined) return topology;
  const names = topologies.map((candidate) => candidate.name).join(', ');
  throw new Problem(404, `no topology ${name} runs here (${names === '' ? 'none does' : names})`);
}

function summary(topology: RunningTopology): Record<string, unknown> {
  const tasks = topology.tasks();
  const errors = topology.errors();
  return {
    name: topology.name,
    state: topology.state(),
    tasks: tasks.length,
    taskStates: countByState(tasks),
    ...topology.throughput(),
    lag: totalLag(tasks),
    errors: errors.length,
    lastError: errors.at(-1) ?? null,
  };
}

function countByState(tasks: readonly TaskStatus[]): Partial<Record<TaskState, number>> {
  const counts: Partial<Record<TaskState, number>> = {};
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Of all partitions of sources; null as long as not one's lag is known. */
function totalLag(tasks: readonly TaskStatus[]): number | null {
  const sources = tasks.flatMap((task) => task.sources).filter((source) => !source.internal);
  const known = sources.map((source) => source.lag).filter((lag) => lag !== null);
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}

function lag(topology: RunningTopology): Record<string, unknown> {
  const tasks = topology.tasks();
  const partitions = tasks.flatMap(({ task, sources }) => sources.map((source) => ({ task, ...source })));
  return { total: totalLag(tasks), partitions };
}

const storeSummary = ({ name, keyColumns }: RunningTopology['stores'][number]): Record<string, unknown> => ({
  name,
  keyColumns: keyColumns.map((column) => ({ name: column.name, type: typeName(column.type) })),
});

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MOST) return limit;
  throw new Problem(400, `limit must be a whole number from 1 to ${MOST}, not ${JSON.stringify(text)}`);
}

async function readStore(topology: RunningTopology, store: string, query: URLSearchParams): Promise<Answer> {
  const key = query.get('key');
  if (key === null) throw new Problem(400, 'name the key: ?key=text, or ?key=["a",1] for a key of several columns');
  const answer = await topology.readStore(store, key);
  switch (answer.kind) {
    case 'found': {
      const { key: found, value, position, watermark, partition } = answer;
      return json({ key: found, value, position, watermark, partition });
    }
    case 'absent': {
      const { position, partition } = answer;
      throw new Problem(404, `store ${store} holds nothing under ${key}`, { extensions: { position, partition } });
    }
    case 'unavailable':
      throw unavailable(answer.reason, { owner: answer.owner });
    case 'unknownStore': {
      const names = topology.stores.map(({ name }) => name).join(', ');
      throw new Problem(
        404,
        `topology ${topology.name} has no store ${store} (${names === '' ? 'it has none' : names})`,
      );
    }
    case 'badKey':
      throw new Problem(400, answer.reason);
  }
}
