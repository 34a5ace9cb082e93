import type { Child } from '../child.ts';
import { millraceRun } from '../millrace-run.ts';
import type { Run } from '../stage.ts';

/** A line of the log of an instance. */
export interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly tasks?: readonly string[];
  readonly task?: string;
  readonly records?: number;
  readonly durationMs?: number;
  readonly rebuild?: boolean;
}

/** One of several `millrace run` of the same topology, with its default configuration. */
export class Instance {
  readonly #child: Child;

  constructor(run: Run, brokers: string, redis: string) {
    const settings = [`kafka.brokers=${brokers}`, `redis.url=${redis}`, 'log.level=debug'];
    this.#child = millraceRun(run, { trigger: 'default', settings });
  }

  get log(): readonly LogLine[] {
    return this.#child.stderr.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  /** Assignments so far: when, ms, and of which tasks. */
  get assignments(): { readonly atMs: number; readonly tasks: readonly string[] }[] {
    return this.log.flatMap(({ time, tasks }) => (tasks === undefined ? [] : [{ atMs: Date.parse(time), tasks }]));
  }

  /** Resolves with the first assignment, from the `from`th on, that has so many tasks. */
  async assigned(tasks: number, from = 0): Promise<{ readonly atMs: number; readonly tasks: readonly string[] }> {
    const found = (): ReturnType<Instance['assignments']['at']> =>
      this.assignments.slice(from).find((assignment) => assignment.tasks.length === tasks);
    await this.#child.until(() => found() !== undefined);
    return found()!;
  }

  async until(isSo: (log: readonly LogLine[]) => boolean): Promise<void> {
    await this.#child.until(() => isSo(this.log));
  }

  kill(): void {
    process.kill(this.#child.pid, 'SIGKILL');
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
