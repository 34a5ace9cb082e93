import { spawn } from 'node:child_process';
import type { Fault } from './fault.ts';
import { fault } from './injection.ts';

const HOUR = 3_600_000;

/** Machines whose clocks are wrong, whose processors are taken, and processes that do not get round to anything. */
export const HOST_FAULTS: readonly Fault[] = [
  wrongClock('clock-ahead', 'a worker is restarted with its clock an hour ahead', HOUR),
  wrongClock('clock-behind', 'a worker is restarted with its clock an hour behind', -HOUR),
  fault(
    'host',
    'clocks-apart',
    'all workers are restarted with clocks an hour ahead, an hour behind, and right',
    async (injection) => {
      const offsets = injection.shuffled([HOUR, -HOUR, 0]);
      for (const [i, slot] of injection.cluster.slots.entries()) {
        injection.note(`worker ${slot.index} is killed and starts again with its clock ${offsets[i] / HOUR} h off`);
        await slot.kill();
        await slot.start({ clockOffsetMs: offsets[i] });
        await slot.untilRunning(injection.signal);
      }
      await injection.wait(6_000);
      for (const slot of injection.cluster.slots) {
        injection.note(`worker ${slot.index} is killed and starts again with the right clock`);
        await slot.kill();
        await slot.start();
      }
    },
  ),
  blocked('event-loop-blocked', 'the event loop of a worker stands still for 5 s, three times', 5_000, 3),
  blocked('event-loop-blocked-long', 'the event loop of a worker stands still for 20 s: past its session', 20_000, 1),
  fault('host', 'cpu-hog', 'eight processes want all processors for 12 s', async (injection) => {
    injection.note('the processors are taken');
    const hogs = Array.from({ length: 8 }, () =>
      spawn(process.execPath, ['-e', 'const end = Date.now() + 60_000; while (Date.now() < end);'], {
        stdio: 'ignore',
      }),
    );
    try {
      await injection.wait(12_000);
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL');
      injection.note('the processors are free');
    }
  }),
];

function wrongClock(name: string, about: string, offsetMs: number): Fault {
  return fault('host', name, `${about}, and later with the right one`, async (injection) => {
    const slot = injection.victim();
    injection.note(`worker ${slot.index} is killed and starts again with a wrong clock`);
    await slot.kill();
    await slot.start({ clockOffsetMs: offsetMs });
    await slot.untilRunning(injection.signal);
    await injection.wait(6_000);
    injection.note(`worker ${slot.index} is killed and starts again with the right clock`);
    await slot.kill();
    await slot.start();
  });
}

function blocked(name: string, about: string, ms: number, times: number): Fault {
  return fault('host', name, about, async (injection) => {
    const slot = injection.victim();
    for (let i = 0; i < times; i++) {
      injection.note(`the event loop of worker ${slot.index} stands still`);
      slot.block(ms);
      await injection.wait(ms + injection.between(200, 2_000));
    }
  });
}
