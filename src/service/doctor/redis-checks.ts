import type { RedisInspection } from '../../state/redis/inspection.ts';
import { Chart, type Finding } from './finding.ts';

const OLDEST_MAJOR_VERSION = 6;
/** Of the memory there is, the part from which on its end is near. */
const NEARLY_FULL = 0.8;
const SLOW_MS = 5;
const MEGABYTE = 1 << 20;

/** Whether a Redis will do to keep state in. */
export function judgeRedis(server: RedisInspection): Finding[] {
  const chart = new Chart('redis');
  return [
    judgeVersion(server, chart),
    judgePolicy(server, chart),
    judgeMemory(server, chart),
    judgeWrites(server, chart),
    judgeRoundTrip(server, chart),
  ];
}

function judgeVersion({ version, isLoading }: RedisInspection, chart: Chart): Finding {
  if (isLoading) return chart.warning('server', 'it is still reading its data from disk', 'wait until it has');
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR_VERSION) return chart.ok('server', `version ${version}`);
  return chart.failed(
    'server',
    `version ${version} is too old`,
    `use Redis ${OLDEST_MAJOR_VERSION} or newer, or Valkey`,
  );
}

function judgePolicy({ maxMemory, maxMemoryPolicy, evictedKeys }: RedisInspection, chart: Chart): Finding {
  const remedy = 'set it to noeviction: CONFIG SET maxmemory-policy noeviction, and in redis.conf';
  const message = `maxmemory-policy is ${maxMemoryPolicy}`;
  if (maxMemoryPolicy !== 'noeviction' && maxMemory > 0)
    return chart.failed('eviction', `${message}: state may go`, remedy);
  if (maxMemoryPolicy !== 'noeviction') {
    return chart.warning('eviction', `${message}; nothing is evicted only because maxmemory is not set`, remedy);
  }
  if (evictedKeys === 0) return chart.ok('eviction', message);
  const evicted = `${message} now, but ${evictedKeys} keys were evicted since the server started`;
  return chart.warning(
    'eviction',
    evicted,
    'state that was lost is rebuilt when it is missed; see that the policy stays',
  );
}

function judgeMemory({ usedMemory, maxMemory, systemMemory }: RedisInspection, chart: Chart): Finding {
  const limit = maxMemory > 0 ? maxMemory : systemMemory;
  const used = `${megabytes(usedMemory)} used`;
  if (limit === 0) return chart.ok('memory', used);
  const message = `${used} of ${megabytes(limit)}${maxMemory > 0 ? '' : ' of the machine (maxmemory is not set)'}`;
  if (usedMemory >= limit) return chart.failed('memory', message, 'give it more memory: it takes no writes any more');
  if (usedMemory < NEARLY_FULL * limit) return chart.ok('memory', message);
  return chart.warning('memory', message, 'give it more memory: when it is full, commits wait for ever');
}

function judgeWrites({ role, writeRefusal }: RedisInspection, chart: Chart): Finding {
  if (role === 'slave') {
    return chart.failed('writing', 'the server is a replica: it takes no writes', 'let redis.url name the primary');
  }
  if (writeRefusal === null) return chart.ok('writing', 'a script wrote a key and deleted it');
  return chart.failed(
    'writing',
    writeRefusal,
    'the user needs EVAL, EVALSHA and writing; see the reason of the server',
  );
}

function judgeRoundTrip({ roundTripMs }: RedisInspection, chart: Chart): Finding {
  const message = `${roundTripMs.toFixed(2)} ms there and back`;
  if (roundTripMs < SLOW_MS) return chart.ok('round trip', message);
  return chart.warning('round trip', message, 'bring Redis nearer: keys that are not cached cost a batch this much');
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;
