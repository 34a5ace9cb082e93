import { readFileSync } from 'node:fs';

/*
 * Loaded into a worker's process before the program (`NODE_OPTIONS=--import=…`), so that the product itself has nothing for tests:
 *
 *     FAULT_CLOCK_OFFSET_MS   how far the process's clock is from the machine's, in ms
 *     FAULT_BLOCK_FILE        a file with milliseconds: at SIGUSR2 the event loop stands still for so long
 */
const offsetMs = Number(process.env['FAULT_CLOCK_OFFSET_MS'] ?? 0);
if (offsetMs !== 0) shiftClock(offsetMs);

const blockFile = process.env['FAULT_BLOCK_FILE'];
if (blockFile !== undefined) {
  const never = new Int32Array(new SharedArrayBuffer(4));
  process.on('SIGUSR2', () => Atomics.wait(never, 0, 0, Number(readFileSync(blockFile, 'utf8'))));
}

/** The product takes the time from `performance.timeOrigin`, libraries from `Date`. Durations stay what they are. */
function shiftClock(byMs: number): void {
  const origin = performance.timeOrigin + byMs;
  Object.defineProperty(performance, 'timeOrigin', { value: origin, configurable: true });
  const RealDate = Date;
  const now = (): number => RealDate.now() + byMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  });
}
