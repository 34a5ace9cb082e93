import type { Diagnostics } from '../core/diagnostic.ts';
import { formatDiagnostics } from '../topology/file-diagnostics.ts';
import type { DiagnosticFormat } from '../topology/file-diagnostics.ts';

export interface Reported {
  readonly diagnostics: Diagnostics;
  readonly sources: ReadonlyMap<string, string>;
}

const wantsColor = (stream: NodeJS.WriteStream): boolean => stream.isTTY && !process.env['NO_COLOR'];

/** Diagnostics as the output of a command. */
export function printDiagnostics({ diagnostics, sources }: Reported, format: DiagnosticFormat): void {
  process.stdout.write(formatDiagnostics(diagnostics.all, sources, format, wantsColor(process.stdout)));
}

/**
 * Diagnostics beside the output of a command, for people.
 * @returns true when there is an error among them, so that the command must stop
 */
export function complain({ diagnostics, sources }: Reported): boolean {
  process.stderr.write(formatDiagnostics(diagnostics.all, sources, 'pretty', wantsColor(process.stderr)));
  return diagnostics.hasErrors;
}

/** How many there are, e.g. "1 error, 2 warnings". */
export function summary({ all }: Diagnostics): string {
  const errors = all.filter((d) => d.severity === 'error').length;
  const warnings = all.length - errors;
  return [count(errors, 'error'), ...(warnings > 0 ? [count(warnings, 'warning')] : [])].join(', ');
}

export const count = (n: number, noun: string): string => `${n === 0 ? 'no' : n} ${noun}${n === 1 ? '' : 's'}`;
