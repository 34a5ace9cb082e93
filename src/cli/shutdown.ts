import { onClosedOutput } from './closed-output.ts';

/**
 * Ctrl-C, SIGTERM, and output that nobody reads any more: the first of them asks the service to drain (the signal aborts), a further Ctrl-C
 * or SIGTERM ends the process at once.
 * @param act given the signal; the handlers of Ctrl-C and SIGTERM are gone when it settles
 */
export async function untilShutdown<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    // What a shell reports of a process that a signal ended: 128 and the signal's number.
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    process.stderr.write('stopping: the batches under way are finished first; once more stops at once\n');
    controller.abort();
  };
  onClosedOutput(() => controller.abort());
  return handlingSignals(onSignal, () => act(controller.signal));
}

/** Ctrl-C and SIGTERM end what is going on instead of the process. */
export async function untilInterrupted<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return handlingSignals(
    () => controller.abort(),
    () => act(controller.signal),
  );
}

async function handlingSignals<T>(onSignal: NodeJS.SignalsListener, act: () => Promise<T>): Promise<T> {
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await act();
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
