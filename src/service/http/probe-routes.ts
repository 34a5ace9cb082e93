import { liveness, readiness, startup } from '../health.ts';
import type { HealthReport } from '../health.ts';
import { json } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Route } from './router.ts';
import type { RunningTopology } from './running-topology.ts';

export interface ProbeOptions {
  /** Asked at every request; may grow while the process starts. */
  readonly topologies: () => readonly RunningTopology[];
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** What `/version` answers. */
  readonly version: Readonly<Record<string, string>>;
}

/** What orchestrators and scrapers ask; open to everybody. */
export function probeRoutes({ topologies, metrics, version }: ProbeOptions): Route[] {
  return [
    { path: '/livez', handle: () => health(liveness(topologies())) },
    { path: '/readyz', handle: () => health(readiness(topologies())) },
    { path: '/startupz', handle: () => health(startup(topologies())) },
    { path: '/version', handle: () => json(version) },
    {
      path: '/metrics',
      handle: async () => ({
        status: 200,
        contentType: metrics.contentType,
        body: await metrics.render(),
        headers: {},
      }),
    },
  ];
}

const health = ({ ok, reasons }: HealthReport): Answer =>
  json({ status: ok ? 'ok' : 'unavailable', reasons }, ok ? 200 : 503);
