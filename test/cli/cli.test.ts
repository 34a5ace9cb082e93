import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { changed, SOUND } from '../topology/marked.ts';
import { ProjectFolder } from './millrace-process.ts';

// Processes on a busy machine; nothing here depends on how long they take.
vi.setConfig({ testTimeout: 120_000 });

let folder: ProjectFolder;
beforeEach(() => {
  folder = new ProjectFolder();
});
afterEach(() => folder.remove());

const BROKEN = changed('where: amount', 'wher: amount');

describe('lint', () => {
  test('accepts the shipped topologies and configuration, from the folder that is the default', async () => {
    folder.copy('topologies');
    folder.copy('config/default.yaml');
    const { code, stdout, stderr } = await folder.millrace(['lint']);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '4 files: no errors\n' });
  });

  test('reports the errors of all files, of expressions and of the configuration in one run', async () => {
    folder.write('topologies/a.yaml', SOUND.replace('groupBy: country', 'groupBy: contry').replace('update', 'udpate'));
    folder.write('topologies/b.yaml', 'name: [');
    folder.write('topologies/b.test.yaml', 'not a topology');
    folder.write('config/default.yaml', 'workrs: 2\n');
    const { code, stdout, stderr } = await folder.millrace(['lint']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'error[MILLRACE_INVALID_VALUE] topologies/a.yaml:20:17 sink `out`\n20 |     outputMode: udpate\n   |                 ^^^^^^ ',
    );
    expect(stdout).toContain('error[UNRESOLVED_COLUMN.WITH_SUGGESTION] topologies/a.yaml:13:14 view `perCountry`');
    expect(stdout).toContain('error[MILLRACE_YAML_SYNTAX] topologies/b.yaml:1:');
    expect(stdout).toContain('error[MILLRACE_UNKNOWN_SETTING] config/default.yaml:1:1');
    expect(stderr).toBe('\n2 files: 4 errors\n');
  });

  test('reports wrong settings of a topology', async () => {
    folder.write('a.yaml', `${SOUND}settings: { http: { prot: 1 } }\n`);
    const { code, stdout } = await folder.millrace(['lint', 'a.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain('error[MILLRACE_UNKNOWN_SETTING] a.yaml:22:21');
    expect(stdout).toContain('did you mean `http.port`?');
  });

  test('refuses two topologies of one name', async () => {
    folder.write('a.yaml', SOUND);
    folder.write('b.yaml', SOUND);
    const { code, stdout } = await folder.millrace(['lint', 'a.yaml', 'b.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain('error[MILLRACE_DUPLICATE_NAME] b.yaml:2:7');
  });

  test.each([['--json'], ['--format=json']])('prints JSON with %s', async (option) => {
    folder.write('a.yaml', BROKEN);
    const { code, stdout } = await folder.millrace(['lint', 'a.yaml', option]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ code: 'MILLRACE_UNKNOWN_KEY', file: 'a.yaml', line: 10, column: 5 }]);
  });

  test('prints commands of a workflow with --format github', async () => {
    folder.write('a.yaml', BROKEN);
    const { stdout } = await folder.millrace(['lint', 'a.yaml', '--format', 'github']);
    expect(stdout).toMatch(/^::error file=a\.yaml,line=10,/);
  });

  test('never prints secrets, whatever is wrong', async () => {
    folder.write('a.yaml', `${SOUND}settings: { redis: { password: hunter2, ulr: x } }\n`);
    for (const format of ['pretty', 'json']) {
      const { code, stdout, stderr } = await folder.millrace(['lint', 'a.yaml', '--format', format]);
      expect(code).toBe(1);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });
});

describe('explain', () => {
  test('prints the plan', async () => {
    folder.write('a.yaml', SOUND);
    const { code, stdout } = await folder.millrace(['explain', 'a.yaml']);
    expect(code).toBe(0);
    expect(stdout).toContain('test.perCountry.repartition');
  });

  test('as JSON', async () => {
    folder.write('a.yaml', SOUND);
    const { stdout } = await folder.millrace(['explain', 'a.yaml', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'test' });
  });

  test('of a file with errors prints those', async () => {
    folder.write('a.yaml', BROKEN);
    const { code, stdout, stderr } = await folder.millrace(['explain', 'a.yaml']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error[MILLRACE_UNKNOWN_KEY] a.yaml:10:5');
  });
});

describe('config print', () => {
  test('says where each value comes from', async () => {
    folder.write('config/default.yaml', 'compression: lz4\n');
    folder.write('config/prod.yaml', 'log: { level: warn }\n');
    const args = ['config', 'print', '--origin', '--profile', 'prod', '--set', 'http.port=1', '--set', 'http.host=h'];
    const { code, stdout } = await folder.millrace(args, { millrace_redis__password: 'hunter2' });
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.replace(/ +# /, ' # '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'compression: lz4 # config/default.yaml:1',
        'log.level: warn # config/prod.yaml:1',
        'http.port: 1 # --set http.port',
        'http.host: h # --set http.host',
        'redis.password: *** # environment variable millrace_redis__password',
        'kafka.brokers: localhost:9092 # built-in default',
      ]),
    );
    expect(stdout).not.toContain('hunter2');
  });

  test('as JSON', async () => {
    const { stdout } = await folder.millrace(['config', 'print', '--json']);
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([{ path: 'workers', value: 1, doc: expect.any(String) as string }]),
    );
  });
});

test('list functions names the functions of expressions', async () => {
  const { code, stdout } = await folder.millrace(['list', 'functions', '--json']);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as { name: string }[]).map((f) => f.name)).toEqual(
    expect.arrayContaining(['explode', 'count', 'split']),
  );
});

describe('a wrong command line ends with 2 and says what is wrong', () => {
  test.each([
    ['an unknown command', ['lnit'], 'Did you mean lint?'],
    ['an unknown option', ['lint', '--jsn'], "unknown option '--jsn'"],
    ['an unknown format', ['lint', '--format', 'xml'], 'Allowed choices are pretty, json, sarif, github'],
    ['--set without a value', ['lint', '--set', 'workers'], 'Write it as setting=value'],
    ['a file that is not there', ['lint', 'nowhere.yaml'], 'there is no file or folder nowhere.yaml'],
    ['a default folder that is not there', ['lint'], 'there is no file or folder topologies'],
    ['a port that is none', ['run', '--port', '70000'], 'Write a number from 0 to 65535'],
    ['--memory with --services', ['dev', '--memory', '--services', 'local'], 'cannot be used with option'],
    ['a feed without a file', ['dev', '--feed', 'lines'], 'Write it as source=file'],
    ['a reset to a time without a zone', ['reset', '--to', '2026-01-01T00:00:00'], 'a time with its zone'],
    ['a reset to nowhere', ['reset', '--to', 'yesterday'], 'Write earliest, latest, or a time'],
  ])('%s', async (_, args, complaint) => {
    const { code, stdout, stderr } = await folder.millrace(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  test('a folder without a topology', async () => {
    folder.write('empty/readme.md', '');
    const { code, stderr } = await folder.millrace(['lint', 'empty']);
    expect(code).toBe(2);
    expect(stderr).toBe('error: the folder empty holds no topology, that is, no file *.yaml\n');
  });

  test('a feed for a source that is not there', async () => {
    folder.write('a.yaml', SOUND);
    const { code, stderr } = await folder.millrace(['dev', 'a.yaml', '--feed', 'order=x']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no such source; sources: orders');
  });
});

test.each([['run'], ['dev'], ['reset'], ['doctor']])(
  '%s refuses topologies with errors before it touches anything',
  async (command) => {
    folder.write('a.yaml', BROKEN);
    const { code, stdout, stderr } = await folder.millrace([command, 'a.yaml']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error[MILLRACE_UNKNOWN_KEY] a.yaml:10:5');
  },
);

test('doctor without brokers says so, checks the rest, prints no secret, and ends with 1', async () => {
  folder.write('a.yaml', SOUND);
  const settings = ['kafka.brokers=127.0.0.1:1', 'redis.url=redis://me:hunter2@127.0.0.1:1'].flatMap((s) => [
    '--set',
    s,
  ]);
  const { code, stdout, stderr } = await folder.millrace(['doctor', 'a.yaml', ...settings]);
  expect(code).toBe(1);
  expect(stdout).toContain('✓ node');
  expect(stdout).toMatch(/✗ brokers .*\n +remedy: check kafka.brokers/);
  expect(stdout).toMatch(/✗ server .*\n +remedy: check redis.url/);
  expect(stdout + stderr).not.toContain('hunter2');
  expect(stderr).toContain('2 failures');
});

test('--help and --version end with 0', async () => {
  const help = await folder.millrace(['--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('lint');
  expect((await folder.millrace(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
