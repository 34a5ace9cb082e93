import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { humanLine } from './log-line.ts';
import { redact, redactText } from './redact.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type { Logger };

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line, for machines; `human`: one short line, for a terminal. */
  readonly form: 'json' | 'human';
  /** Where lines go; standard error when left out, so that standard output stays the sinks'. */
  readonly destination?: { write(line: string): void };
}

/**
 * The logger of the process; pass `child({ topology })` on. Written synchronously, so that the last words before an exit are not lost. No
 * secret passes: neither a field whose name says that it is one, nor credentials in a URL.
 */
export function createLogger({ level, form, destination = process.stderr }: LogOptions): Logger {
  const stream: DestinationStream = {
    write: form === 'json' ? (line) => destination.write(line) : (line) => destination.write(humanLine(line)),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // `err` is made plain by `redact`; pino's own serializer would look for an Error.
      serializers: { err: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        bindings: (fields) => redact(fields) as Record<string, unknown>,
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      hooks: { streamWrite: redactText },
    },
    stream,
  );
}
