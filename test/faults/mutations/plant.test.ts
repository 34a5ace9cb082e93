import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const PLANT = fileURLToPath(new URL('plant.ts', import.meta.url));
const SESSION = fileURLToPath(new URL('../../../src/kafka/producer-session.ts', import.meta.url));

/** Sequences stand still where the bug is planted: the second record has 0 instead of 1. */
const ASK = `
  import(${JSON.stringify(pathToFileURL(SESSION).href)}).then(({ ProducerSession }) => {
    const session = new ProducerSession('id', 1, new AbortController().signal);
    session.takeSequences('topic', 0, 1);
    console.log('sequence', session.takeSequences('topic', 0, 1));
  });`;

function run(mutation: string, program: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, FAULT_MUTATION: mutation };
  return spawnSync(process.execPath, ['--import', PLANT, '--eval', program], { env, encoding: 'utf8' });
}

test('a bug is planted as the product is loaded', () => {
  expect(run('', ASK)).toMatchObject({ status: 0, stdout: 'sequence 1\n' });
  expect(run('sequences-stand-still', ASK)).toMatchObject({ status: 0, stdout: 'sequence 0\n', stderr: '' });
});

test('it is planted in worker threads, too, and need not be loaded anywhere else', () => {
  const module = JSON.stringify(`data:text/javascript,${encodeURIComponent(ASK)}`);
  const program = `new (require('node:worker_threads').Worker)(new URL(${module}));`;
  expect(run('sequences-stand-still', program)).toMatchObject({ status: 0, stdout: 'sequence 0\n', stderr: '' });
});

test('a process that never loads what is to be changed fails, and so does one that is to plant what there is not', () => {
  const idle = run('sequences-stand-still', '');
  expect(idle.status).toBe(70);
  expect(idle.stderr).toContain('nobody loaded src/kafka/producer-session.ts');
  const unknown = run('no-such-bug', '');
  expect(unknown.status).not.toBe(0);
  expect(unknown.stderr).toContain('there is no mutation "no-such-bug"');
});
