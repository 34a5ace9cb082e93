import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { GuardedProcess } from './guarded-process.ts';

const START_TIMEOUT_MS = 120_000;
const ANSWER_TIMEOUT_MS = 1_000;
const PAUSE_MS = 50;
const LOG_LINES = 20;

export interface Probe {
  /** For messages: `Kafka`, `Redis`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly logFile: string;
  readonly question: Uint8Array;
  isReady(answer: Buffer): boolean;
  /** The error to throw when the server does not come up. */
  readonly code: ErrorCode;
}

/** Waits until the server answers as a ready one does. When it ends or stays silent, throws with the last lines of its log. */
export async function untilReady(process: GuardedProcess, probe: Probe): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (process.ending === null && performance.now() < deadline) {
    const answer = await ask(probe);
    if (answer !== null && probe.isReady(answer)) return;
    await sleep(PAUSE_MS);
  }
  const reason =
    process.ending === null ? `does not answer after ${START_TIMEOUT_MS / 1000} s` : `ended with ${process.ending}`;
  await process.kill();
  const log = (await readFile(probe.logFile, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  throw new MillraceError(probe.code, `the local ${probe.name} ${reason}; the end of ${probe.logFile}:\n${log}`);
}

/** The first bytes the server sends back; null when it refuses, closes or stays silent for a second. */
async function ask({ host, port, question }: Probe): Promise<Buffer | null> {
  const socket = connect(port, host);
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    socket.write(question);
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
    return answer;
  } catch {
    return null;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}
