import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import type { Latency, Throughput } from './measurement.ts';
import { cpuSecondsOf, machineBusySeconds } from './process-usage.ts';
import type { Stage } from './stage.ts';
import type { Workload } from './workloads.ts';

const LATENCY = { eventsPerSecond: 5_000, warmUpSeconds: 8, countedSeconds: 15 };
/** After a program says that it is ready: what its start left behind is not what is measured. */
const SETTLE_MS = 1_000;

const QUIET_CORES = 0.25;
const QUIET_SAMPLE_MS = 2_000;
const QUIET_TRIES = 10;

/** Lets a contender work through the whole input and checks what it wrote. Rejects when it failed, or is wrong. */
export async function measureThroughput(stage: Stage, contender: Contender, workload: Workload): Promise<Throughput> {
  const { count, users } = workload.input;
  return stage.withRun(workload, await stage.input(workload.input), async (run) => {
    await untilQuiet();
    const busyBefore = machineBusySeconds();
    const brokerBefore = cpuSecondsOf(stage.broker.pid);
    const ownBefore = cpuSecondsOf(process.pid);
    const work = await contender.work(run);
    const brokerCpuSeconds = cpuSecondsOf(stage.broker.pid) - brokerBefore;
    const known = work.cpuSeconds + work.redisCpuSeconds + brokerCpuSeconds + (cpuSecondsOf(process.pid) - ownBefore);
    const othersCpuSeconds = Math.max(0, machineBusySeconds() - busyBefore - known);
    const expected = ['--workload', workload.program, '--count', String(count), '--users', String(users)];
    const { outputRecords } = await stage.java.run<{ outputRecords: number }>('Verify', [
      ...expected,
      ...['--topic', run.output],
    ]);
    return {
      kind: 'throughput',
      contender: contender.name,
      workload: workload.name,
      inputRecords: count,
      outputRecords,
      ...work,
      brokerCpuSeconds,
      othersCpuSeconds,
    };
  });
}

/** Lets a contender serve a steady stream. Rejects when it failed, or something did not come through. */
export async function measureLatency(stage: Stage, contender: Contender, workload: Workload): Promise<Latency> {
  const { eventsPerSecond, warmUpSeconds, countedSeconds } = LATENCY;
  return stage.withRun(workload, null, async (run) => {
    await untilQuiet();
    const serving = await contender.serve(run);
    try {
      await sleep(SETTLE_MS);
      const startedAt = performance.now();
      const cpuBefore = serving.cpuSeconds();
      const latency = await stage.java.run<
        Omit<Latency, 'kind' | 'contender' | 'workload' | 'eventsPerSecond' | 'cores'>
      >('Probe', [
        ...['--workload', workload.program, '--users', String(workload.input.users)],
        ...['--input', run.input, '--output', run.output, '--rate', String(eventsPerSecond)],
        ...['--warm-up', String(warmUpSeconds), '--seconds', String(countedSeconds)],
      ]);
      const cores = (serving.cpuSeconds() - cpuBefore) / ((performance.now() - startedAt) / 1000);
      return {
        kind: 'latency',
        contender: contender.name,
        workload: workload.name,
        eventsPerSecond,
        ...latency,
        cores,
      };
    } finally {
      await serving.stop();
    }
  });
}

/** Waits until the machine is nearly idle, or a while when it does not get so; what others used is in the results. */
async function untilQuiet(): Promise<void> {
  for (let i = 0; i < QUIET_TRIES; i++) {
    const before = machineBusySeconds();
    await sleep(QUIET_SAMPLE_MS);
    if ((machineBusySeconds() - before) / (QUIET_SAMPLE_MS / 1000) < QUIET_CORES) return;
  }
}
