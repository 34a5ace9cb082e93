/**
 * Calls back when a write finds that nobody reads our output any more: `| head` has seen enough. From then on such writes are lost, where
 * they would end the process with a stack trace. Other errors of the output still do.
 */
export function onClosedOutput(act: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      act();
    });
  }
}
