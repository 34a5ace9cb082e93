import { onPath } from './on-path.ts';

/**
 * A program that checks files better than we could: the one that the variable names, else the first of its name on PATH. Where there is
 * none the console says what is not checked, and the tests that need it are to be skipped.
 */
export function findTool(variable: string, program: string, without: string): string | null {
  const found = process.env[variable] ?? onPath(program);
  if (found === null) console.warn(`${program} is neither in $${variable} nor on PATH: ${without}`);
  return found;
}
