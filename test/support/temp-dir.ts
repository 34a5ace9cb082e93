import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** A new empty directory that is removed when the calling test has finished. */
export function testTempDir(): string {
  const dir = create();
  onTestFinished(() => remove(dir));
  return dir;
}

/** A new empty directory that is removed after the suite in whose body (or file) this is called. */
export function suiteTempDir(): string {
  const dir = create();
  afterAll(() => remove(dir));
  return dir;
}

const create = (): string => mkdtempSync(join(tmpdir(), 'millrace-test-'));

const remove = (dir: string): void => rmSync(dir, { recursive: true, force: true });
