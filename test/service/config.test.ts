import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { parseByteSize } from '../../src/service/config/byte-size.ts';
import { variableOf } from '../../src/service/config/layers.ts';
import { loadConfig } from '../../src/service/config/load-config.ts';
import type { ConfigInputs, LoadedConfig } from '../../src/service/config/load-config.ts';
import { printConfig } from '../../src/service/config/print-config.ts';
import { SETTINGS } from '../../src/service/config/settings.ts';
import { formatDiagnostics } from '../../src/topology/file-diagnostics.ts';
import { parseYaml } from '../../src/topology/parse-yaml.ts';
import { readSettings } from '../../src/topology/settings.ts';
import type { TopologySpec } from '../../src/topology/spec.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Attempt {
  readonly loaded: LoadedConfig | null;
  readonly errors: readonly Diagnostic[];
  /** Everything that a user would see of it. */
  readonly printed: string;
}

function attempt(inputs: Partial<ConfigInputs>, files: Readonly<Record<string, string>> = {}): Attempt {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const diagnostics = new Diagnostics();
  const sources = new Map<string, string>();
  const loaded = loadConfig(
    { topologies: [], directory, profile: null, env: {}, overrides: [], ...inputs },
    diagnostics,
    sources,
  );
  const formats = (['pretty', 'json', 'sarif', 'github'] as const).map((f) =>
    formatDiagnostics(diagnostics.all, sources, f, false),
  );
  const values =
    loaded === null ? [] : [printConfig(loaded.values, 'text', true), printConfig(loaded.values, 'json', true)];
  return { loaded, errors: diagnostics.all, printed: [...formats, ...values].join('\n') };
}

/** A configuration that must have no errors. */
function load(inputs: Partial<ConfigInputs>, files: Readonly<Record<string, string>> = {}): LoadedConfig {
  const { loaded, errors } = attempt(inputs, files);
  expect(errors).toEqual([]);
  return loaded!;
}

const set = (text: string): { path: string; value: string; option: string } => {
  const [path, value] = text.split('=');
  return { path, value, option: '--set' };
};

function topology(name: string, settings: string): TopologySpec {
  const tree = parseYaml(settings, `${name}.yaml`, new Diagnostics());
  const span = { file: `${name}.yaml`, start: 0, end: 0, verbatim: false };
  return {
    file: `${name}.yaml`,
    name: { value: name, span },
    sources: [],
    views: [],
    sinks: [],
    trigger: { kind: 'default' },
    settings: readSettings(tree),
    feeds: [],
    tests: [],
  };
}

const originOf = ({ values }: LoadedConfig, path: string): string | undefined =>
  values.find((v) => v.path === path)?.origin;

describe('layers', () => {
  test('without any, the built-in defaults hold', () => {
    const { config, values } = load({});
    expect(config).toEqual({
      kafka: {
        brokers: ['localhost:9092'],
        clientId: 'millrace',
        connectionTimeoutMs: 5_000,
        requestTimeoutMs: 8_000,
        ssl: null,
        sasl: null,
      },
      redis: { url: 'redis://localhost:6379', password: null, commandTimeoutMs: 5_000 },
      state: { backend: 'redis', cacheBytes: 256 * 1024 * 1024 },
      workers: 1,
      maxBatchTimeMs: 300_000,
      http: { host: '127.0.0.1', port: 8080, address: null, token: null },
      log: { level: 'info' },
      defaults: {
        maxRowsPerTrigger: 50_000,
        sessionTimeoutMs: 10_000,
        transactionTimeoutMs: 10_000,
        transactionsPerSecond: 1_000,
        replicationFactor: -1,
        compression: 'none',
        fetchBufferBytes: 64 * 1024 * 1024,
      },
    });
    expect(new Set(values.map((v) => v.origin))).toEqual(new Set(['built-in default']));
  });

  test('each goes over the one before, and every value knows where it came from', () => {
    const inputs: ConfigInputs = {
      topologies: [topology('t', 'transactionsPerSecond: 2\nhttp: { port: 2, host: two }\nlog: { level: warn }')],
      directory,
      profile: 'prod',
      env: { MILLRACE_HTTP__PORT: '5', MILLRACE_MAXROWSPERTRIGGER: '5' },
      overrides: [set('maxRowsPerTrigger=6')],
    };
    const loaded = load(inputs, {
      'default.yaml': 'http:\n  port: 3\n  host: three\nkafka: { clientId: three }\n',
      'prod.yaml': 'kafka:\n  clientId: four\nhttp: { port: 4 }\n',
    });
    const { config } = loaded;
    expect([
      config.defaults.transactionsPerSecond,
      config.http.host,
      config.kafka.clientId,
      config.http.port,
      config.defaults.maxRowsPerTrigger,
    ]).toEqual([2, 'three', 'four', 5, 6]);
    expect(
      ['compression', 'transactionsPerSecond', 'http.host', 'kafka.clientId', 'http.port', 'maxRowsPerTrigger'].map(
        (p) => originOf(loaded, p),
      ),
    ).toEqual([
      'built-in default',
      'settings of topology t',
      `${join(directory, 'default.yaml')}:3`,
      `${join(directory, 'prod.yaml')}:2`,
      'environment variable MILLRACE_HTTP__PORT',
      '--set maxRowsPerTrigger',
    ]);
  });

  test('MILLRACE_PROFILE chooses the profile, and --profile goes over it', () => {
    const files = { 'a.yaml': 'kafka: { clientId: a }', 'b.yaml': 'kafka: { clientId: b }' };
    expect(load({ env: { MILLRACE_PROFILE: 'a' } }, files).config.kafka.clientId).toBe('a');
    expect(load({ env: { MILLRACE_PROFILE: 'a' }, profile: 'b' }, files).config.kafka.clientId).toBe('b');
  });

  test('a profile without a file is an error', () => {
    expect(attempt({ profile: 'prd' }).errors.map((d) => [d.code, d.span.file])).toEqual([
      ['MILLRACE_UNKNOWN_PROFILE', '--profile'],
    ]);
    expect(attempt({ profile: '../default' }, { 'default.yaml': '' }).errors).toHaveLength(1);
  });

  test('topologies that run together must agree', () => {
    const { loaded, errors } = attempt({
      topologies: [topology('a', 'compression: lz4'), topology('b', 'compression: gzip')],
    });
    expect(loaded).toBeNull();
    expect(errors.map((d) => [d.code, d.span.file, d.message])).toEqual([
      ['MILLRACE_SETTINGS_DISAGREE', 'b.yaml', '`compression` has another value in the settings of topology a'],
    ]);
    const agreeing = [topology('a', 'compression: lz4'), topology('b', 'compression: lz4')];
    expect(load({ topologies: agreeing }).config.defaults.compression).toBe('lz4');
  });

  test('the result cannot be changed', () => {
    const { config } = load({});
    expect(Object.isFrozen(config) && Object.isFrozen(config.kafka) && Object.isFrozen(config.kafka.brokers)).toBe(
      true,
    );
  });
});

describe('environment', () => {
  test.each(['MILLRACE_KAFKA__CLIENTID', 'millrace_kafka__clientid', 'MILLRACE_kafka__clientId'])(
    '%s is kafka.clientId',
    (name) => {
      expect(load({ env: { [name]: 'x' } }).config.kafka.clientId).toBe('x');
    },
  );

  test('every setting has a variable of its own', () => {
    const names = [...SETTINGS.keys()].map(variableOf);
    expect(new Set(names).size).toBe(SETTINGS.size);
  });

  test('texts become what the setting asks for', () => {
    const { config } = load({
      env: {
        MILLRACE_KAFKA__BROKERS: 'a:1, b:2',
        MILLRACE_KAFKA__SSL__ENABLED: 'true',
        MILLRACE_HTTP__PORT: '0',
        MILLRACE_SESSIONTIMEOUT: '30 s',
        MILLRACE_STATE__CACHESIZE: '1GB',
        MILLRACE_KAFKA__CLIENTID: '17',
      },
    });
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(config.kafka.ssl).toEqual({ ca: null, cert: null, key: null, rejectUnauthorized: true });
    expect(config.http.port).toBe(0);
    expect(config.defaults.sessionTimeoutMs).toBe(30_000);
    expect(config.state.cacheBytes).toBe(2 ** 30);
    expect(config.kafka.clientId).toBe('17');
  });

  test('the profile, what tests run against, empty variables and those of others set nothing', () => {
    const env = {
      MILLRACE_PROFILE: '',
      MILLRACE_TEST_KAFKA: 'a:1',
      MILLRACE_TEST_X__Y: 'z',
      MILLRACE_WORKERS: '',
      PATH: '/bin',
    };
    expect(load({ env }).values.every((v) => v.origin === 'built-in default')).toBe(true);
  });

  test('an unknown variable is an error that names the right one', () => {
    const { loaded, errors } = attempt({ env: { MILLRACE_KAFKA_BROKERS: 'a:1' } });
    expect(loaded).toBeNull();
    expect(errors.map((d) => [d.code, d.span.file, d.remedy])).toEqual([
      [
        'MILLRACE_UNKNOWN_SETTING',
        'environment variable MILLRACE_KAFKA_BROKERS',
        'did you mean `MILLRACE_KAFKA__BROKERS`?',
      ],
    ]);
  });
});

describe('errors', () => {
  test('every wrong key and value of every layer is reported, at its place', () => {
    const { errors, printed } = attempt(
      { env: { MILLRACE_WORKERS: '0' }, overrides: [set('http.prt=1')] },
      { 'default.yaml': 'kafak:\n  clientId: x\nhttp:\n  port: 99999\nredis: http://x\nstate: { backend: rocks }\n' },
    );
    expect(errors.map((d) => d.code)).toEqual([
      'MILLRACE_UNKNOWN_SETTING',
      'MILLRACE_INVALID_SETTING',
      'MILLRACE_UNKNOWN_SETTING',
      'MILLRACE_INVALID_SETTING',
      'MILLRACE_INVALID_SETTING',
      'MILLRACE_UNKNOWN_SETTING',
    ]);
    expect(printed).toContain(
      'default.yaml:1:1\n1 | kafak:\n  | ^^^^^ there is no setting `kafak.clientId`; did you mean `kafka.clientId`?',
    );
    expect(printed).toContain('`http.port` cannot be `99999`; write a whole number from 0 to 65535');
    expect(printed).toContain('`state.backend` cannot be `rocks`; write one of `redis`, `memory`');
    expect(printed).toContain('`workers` cannot be `0`; write a whole number from 1 to 64');
    expect(printed).toContain('error[MILLRACE_UNKNOWN_SETTING] --set http.prt\n');
  });

  test('broken YAML is an error at its place', () => {
    expect(attempt({}, { 'default.yaml': 'http: [1\n' }).errors.map((d) => d.code)).toEqual(['MILLRACE_YAML_SYNTAX']);
    expect(attempt({}, { 'default.yaml': '- a\n' }).errors.map((d) => d.code)).toEqual(['MILLRACE_WRONG_TYPE']);
  });

  test('groups and files that are empty are no errors', () => {
    load({}, { 'default.yaml': 'kafka:\n  # brokers: [a:1]\nredis:\n' });
    load({}, { 'default.yaml': '# nothing\n' });
  });

  test('a login without a password is an error', () => {
    const env = { MILLRACE_KAFKA__SASL__MECHANISM: 'plain', MILLRACE_KAFKA__SASL__USERNAME: 'u' };
    expect(attempt({ env }).errors.map((d) => d.message)).toEqual([
      '`kafka.sasl.mechanism` is `plain`, and `kafka.sasl.password` is not set',
    ]);
  });
});

describe('secrets are never printed', () => {
  const SECRET = 'hunter2';

  test.each([...SETTINGS.values()].filter((s) => s.secret).map((s) => s.path))('%s', (path) => {
    const given = attempt({ overrides: [set(`${path}=${SECRET}`)], env: { [variableOf(path)]: SECRET } });
    expect(given.errors).toEqual([]);
    expect(given.printed).toContain(`${path}: ***`);
    expect(given.printed).not.toContain(SECRET);
  });

  test('a secret that is not set is told from one that is', () => {
    expect(attempt({}).printed).toContain('redis.password: null');
  });

  test('neither the password within an address', () => {
    const { printed } = attempt({ overrides: [set(`redis.url=redis://me:${SECRET}@host:1`)] });
    expect(printed).toContain('redis.url: redis://me:***@host:1');
    expect(printed).not.toContain(SECRET);
  });

  test('nor what came from a file, whatever the setting', () => {
    const secretFile = join(directory, 'secret');
    const { printed } = attempt(
      {},
      { secret: `${SECRET}\n`, 'default.yaml': `kafka: { clientId: "\${file:${secretFile}}" }` },
    );
    expect(printed).toContain('kafka.clientId: ***');
    expect(printed).not.toContain(SECRET);
  });

  test.each([
    ['under a misspelt key', `redis: { pasword: ${SECRET} }`],
    ['of the wrong type', `redis: { password: [ ${SECRET} ] }`],
    ['beside an error on the same line', `redis: { password: ${SECRET}, ulr: x }`],
    ['in an address that is refused', `redis: { url: "http://me:${SECRET}@host" }`],
    ['in YAML that is broken', `redis:\n  password: @${SECRET}`],
  ])('in the lines that diagnostics show: %s', (_, text) => {
    const { errors, printed } = attempt({}, { 'default.yaml': text });
    expect(errors.length).toBeGreaterThan(0);
    expect(printed).not.toContain(SECRET);
  });
});

test.each([
  ['64 MB', 67_108_864],
  ['1.5GB', 1_610_612_736],
  ['10 KiB', 10_240],
  [4096, 4096],
  ['7', 7],
  ['0', null],
  ['-1', null],
  ['64 parsecs', null],
  ['', null],
])('the size %s is %s bytes', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

test('the shipped config/default.yaml names every setting and changes none', () => {
  const shipped = readFileSync(new URL('../../config/default.yaml', import.meta.url), 'utf8');
  const { values } = load({}, { 'default.yaml': shipped });
  expect(values.every((v) => v.origin === 'built-in default')).toBe(true);
  const uncommented = shipped.replaceAll(/^( *)# (\w+: \S)/gm, '$1$2');
  const named = readSettings(parseYaml(uncommented, 'default.yaml', new Diagnostics()));
  expect([...SETTINGS.keys()].filter((path) => !named.has(path))).toEqual([]);
});
