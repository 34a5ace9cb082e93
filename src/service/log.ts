import { pino } from 'pino';
import type { Logger } from 'pino';
import { humanLine } from './log-line.ts';
import { redact } from './redact.ts';

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
 * The logger of the process; pass `child({ topology })` on. Every line is redacted as a whole on its way out, so that no secret passes by
 * any way: neither a field whose name says that it is one, of the logger or of the call, nor credentials in a URL.
 */
export function createLogger({ level, form, destination = process.stderr }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: pino.stdSerializers.errWithCause },
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line) {
        const entry = redact(JSON.parse(line)) as Record<string, unknown>;
        destination.write(form === 'json' ? `${JSON.stringify(entry)}\n` : humanLine(entry));
      },
    },
  );
}
