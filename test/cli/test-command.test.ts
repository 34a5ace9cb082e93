import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SOUND } from '../topology/marked.ts';
import { ProjectFolder } from './millrace-process.ts';

// Processes on a busy machine; nothing here depends on how long they take.
vi.setConfig({ testTimeout: 120_000 });

let folder: ProjectFolder;
beforeEach(() => {
  folder = new ProjectFolder();
});
afterEach(() => folder.remove());

const RECORD = '{ id: 1, country: NL, amount: 200 }';
const testOf = (name: string, n: number): string => `  - name: ${name}
    batches:
      - send: { orders: [ ${RECORD} ] } # one order
        expect: { out: [ { country: NL, n: ${n} } ] }
`;
const RIGHT = testOf('one order is counted', 1);
const WRONG = testOf('one order is two', 2);
const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
/** Without the time that each test took. */
const timeless = (text: string): string => text.replaceAll(/ \(\d+ ms\)/g, '');

describe('test', () => {
  test('runs the tests of a folder, in topologies and beside them, and exits 1 when one fails', async () => {
    folder.write('topologies/a.yaml', `${SOUND}tests:\n${RIGHT}`);
    folder.write('topologies/a.test.yaml', `topology: a.yaml\ntests:\n${RIGHT}${WRONG}`);
    folder.write('topologies/none.yaml', SOUND);
    const { code, stdout, stderr } = await folder.millrace(['test']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(timeless(stdout)).toBe(
      [
        'topologies/a.test.yaml',
        '  ✓ one order is counted',
        '  ✗ one order is two',
        '    topologies/a.test.yaml:10:24 sink `out`: 1 expected, 1 came',
        '      - {"country":"NL","n":2}',
        '      + {"country":"NL","n":1}',
        '',
        'topologies/a.yaml',
        '  ✓ one order is counted',
        '',
        '2 tests passed, 1 failed',
        '',
      ].join('\n'),
    );
  });

  test('takes the file of tests beside a topology that is named', async () => {
    folder.write('a.yaml', SOUND);
    folder.write('a.test.yaml', `topology: a.yaml\ntests:\n${RIGHT}`);
    const { code, stdout } = await folder.millrace(['test', 'a.yaml']);
    expect(code).toBe(0);
    expect(stdout).toContain('1 test passed, none failed');
  });

  test('runs those whose name holds the filter, and refuses one that none holds', async () => {
    folder.write('a.yaml', `${SOUND}tests:\n${RIGHT}${WRONG}`);
    const some = await folder.millrace(['test', 'a.yaml', '--filter', 'counted']);
    expect({ code: some.code, stdout: timeless(some.stdout) }).toEqual({
      code: 0,
      stdout: 'a.yaml\n  ✓ one order is counted\n\n1 test passed, none failed\n',
    });
    const none = await folder.millrace(['test', 'a.yaml', '--filter', 'elephant']);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('--filter elephant') as string });
  });

  test('prints JSON with --json', async () => {
    folder.write('a.yaml', `${SOUND}tests:\n${WRONG}`);
    const { code, stdout } = await folder.millrace(['test', 'a.yaml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 0,
      failed: 1,
      tests: [
        {
          file: 'a.yaml',
          name: 'one order is two',
          passed: false,
          mismatches: [{ file: 'a.yaml', line: 26, column: 24, message: 'sink `out`: 1 expected, 1 came' }],
        },
      ],
    });
  });

  test('reports errors of the files as lint does, and runs nothing', async () => {
    folder.write('a.yaml', `${SOUND}tests:\n${RIGHT.replace('orders', 'oders')}`);
    folder.write('b.test.yaml', `topology: b.yaml\ntests: []\n`);
    const { code, stdout, stderr } = await folder.millrace(['test', 'a.yaml', 'b.test.yaml']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error[MILLRACE_UNKNOWN_NAME] a.yaml:25:17 test `one order is counted`');
    expect(stderr).toContain('error[MILLRACE_UNKNOWN_NAME] b.test.yaml:1:11');
  });

  test('with --update rewrites what does not hold, and reports how it is then', async () => {
    folder.write('a.yaml', `${SOUND}tests:\n${RIGHT}${WRONG}`);
    const { code, stdout, stderr } = await folder.millrace(['test', 'a.yaml', '--update']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'a.yaml: 1 expectation updated\n' });
    expect(stdout).toContain('2 tests passed, none failed');
    expect(read('a.yaml')).toBe(`${SOUND}tests:\n${RIGHT}${WRONG.replace('n: 2', 'n: 1')}`);
  });

  test('with --update leaves alone what no value can make right', async () => {
    const failing = `${SOUND}tests:\n${RIGHT.replace(RECORD, '{ value: no JSON }')}`;
    folder.write('a.yaml', failing);
    const { code, stdout } = await folder.millrace(['test', 'a.yaml', '--update']);
    expect(code).toBe(1);
    expect(stdout).toContain('the topology failed in this step: error[RECORD_UNDECODABLE]');
  });

  test('with --watch runs again when a file has changed, and ends with the last result', async () => {
    folder.write('a.yaml', `${SOUND}tests:\n${WRONG}`);
    const watching = folder.start(['test', 'a.yaml', '--watch']);
    await watching.until('waiting for a change', 1);
    expect(watching.output()).toContain('no tests passed, 1 failed');
    folder.write('a.yaml', `${SOUND}tests:\n${RIGHT}`);
    await watching.until('waiting for a change', 2);
    expect(watching.output()).toContain('1 test passed, none failed');
    folder.write('a.yaml', 'name: [');
    await watching.until('waiting for a change', 3);
    expect(watching.output()).toContain('error[MILLRACE_YAML_SYNTAX] a.yaml:1:');
    expect(await watching.interrupt()).toBe(1);
  });
});
