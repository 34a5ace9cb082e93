import { planOf } from '../../support/plan-of.ts';
import { auditTopic } from '../cluster/deployment.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';
import { restart } from './worker-faults.ts';

/** New versions of the topology, rolled out worker by worker under load. What it computes stays the same. */
export const DEPLOY_FAULTS: readonly Fault[] = [
  fault('deploy', 'sink-added', 'a sink is added, worker by worker, and later taken away again', async (injection) => {
    await rollOut(injection, 'a sink is added', withAudit);
    await injection.wait(3_000);
    await rollOut(injection, 'the sink is taken away', unchanged);
  }),
  fault(
    'deploy',
    'filter-changed',
    'the filter before an aggregate changes, worker by worker, and changes back',
    async (injection) => {
      await rollOut(injection, 'a filter changes', withOtherFilter);
      await injection.wait(3_000);
      await rollOut(injection, 'the filter changes back', unchanged);
    },
  ),
  fault(
    'deploy',
    'roll-out-with-kills',
    'a sink is added while workers are killed: old and new plans meet in every order',
    async (injection) => {
      const { slots } = injection.cluster;
      const changed = fileOf(injection, withAudit);
      const before = slots[0].topologyFile;
      for (let i = 0; i < 6; i++) {
        const slot = injection.oneOf(slots);
        slot.topologyFile = slot.topologyFile === changed ? before : changed;
        injection.note(
          `worker ${slot.index} is killed and starts with the ${slot.topologyFile === changed ? 'new' : 'old'} plan`,
        );
        await slot.kill();
        await slot.start();
        await injection.wait(injection.between(500, 6_000));
      }
      await rollOut(injection, 'all go back to the old plan', unchanged);
    },
  ),
];

/** Restarts the workers with the changed topology, one after the other. */
async function rollOut(injection: Injection, what: string, change: Change): Promise<void> {
  const file = fileOf(injection, change);
  injection.note(what);
  for (const slot of injection.shuffled(injection.cluster.slots)) {
    slot.topologyFile = file;
    if (slot.isRunning) await restart(injection, slot);
    else await slot.start();
    await injection.wait(injection.between(1_000, 4_000));
  }
}

function fileOf({ cluster }: Injection, change: Change): string {
  const { yaml } = cluster.deployment;
  const changed = change(yaml, auditTopic(cluster.deployment));
  if (change === unchanged) return cluster.write('topology.yaml', yaml);
  if (planOf(changed).fingerprint === planOf(yaml).fingerprint) throw new Error('this change changes nothing');
  return cluster.write('changed.yaml', changed);
}

type Change = (yaml: string, auditTopic: string) => string;

const unchanged: Change = (yaml) => yaml;

const withAudit: Change = (yaml, topic) =>
  yaml.replace('sinks:\n', `sinks:\n  audit: { from: events, topic: ${topic}, value: { format: json } }\n`);

/** No word is empty, so that the results do not change. */
const withOtherFilter: Change = (yaml) =>
  yaml.replace("where: word not like '#%'", "where: word not like '#%' and word <> ''");
