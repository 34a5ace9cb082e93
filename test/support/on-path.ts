import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that a shell would start by this name; null when there is none. */
export function onPath(program: string): string | null {
  const files = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  return files.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
