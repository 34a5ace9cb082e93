import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { suiteTempDir } from '../support/temp-dir.ts';

/**
 * A rule that silently matches nothing looks like a clean tree. So every violation that the linter has to find is planted in a copy of
 * the project's layout and linted under the project's own configuration, and so is every import that it has to allow.
 */
const ROOT = process.cwd();

/** Who may import whom; what is not listed is refused. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sql: ['core'],
  formats: ['core'],
  kafka: ['core'],
  state: ['core'],
  connectors: ['core'],
  metrics: ['core'],
  operators: ['core', 'sql'],
  topology: ['core', 'sql'],
  plan: ['core', 'sql', 'topology', 'operators'],
  runtime: ['core', 'plan', 'operators'],
  testing: [
    ...['core', 'sql', 'formats', 'kafka', 'state', 'connectors', 'metrics'],
    ...['operators', 'topology', 'plan', 'runtime'],
  ],
  service: [
    ...['core', 'sql', 'formats', 'kafka', 'state', 'connectors', 'metrics'],
    ...['operators', 'topology', 'plan', 'runtime', 'testing'],
  ],
  cli: ['core', 'service', 'topology', 'plan', 'testing'],
};
const FOLDERS = Object.keys(MAY_IMPORT);

/** Libraries, and the only folders that may import them. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['kafka'],
  '@node-rs/crc32': ['kafka'],
  snappy: ['kafka', 'state'],
  'lz4-napi': ['kafka', 'state'],
  ioredis: ['state/redis'],
  'prom-client': ['metrics'],
  pino: ['service', 'cli'],
  commander: ['cli'],
  '@kafkajs/confluent-schema-registry': ['formats'],
  zod: ['topology', 'service/config'],
  yaml: ['topology', 'service/config'],
};

/** A file to plant, and the rule that must report it; null where none may. */
interface Plant {
  readonly file: string;
  readonly text: string;
  readonly rule: string | null;
}

const RESTRICTED = 'eslint(no-restricted-imports)';

function folderImports(): Plant[] {
  const plants: Plant[] = [];
  for (const from of FOLDERS) {
    for (const to of FOLDERS) {
      if (to === from) continue;
      const rule = MAY_IMPORT[from].includes(to) ? null : RESTRICTED;
      plants.push({ file: `src/${from}/to-${to}.ts`, text: `export { x } from '../${to}/x.ts';\n`, rule });
      plants.push({
        file: `src/${from}/deep/type-${to}.ts`,
        text: `export type { X } from '../../${to}/x.ts';\n`,
        rule,
      });
    }
  }
  for (const to of FOLDERS) {
    const rule = to === 'cli' ? null : RESTRICTED;
    plants.push({ file: `src/main-to-${to}.ts`, text: `export { x } from './${to}/x.ts';\n`, rule });
  }
  return plants;
}

function libraryImports(): Plant[] {
  const folders = [...FOLDERS, 'state/redis', 'service/config'];
  return Object.entries(LIBRARIES).flatMap(([library, homes]) =>
    folders.map((folder) => ({
      file: `src/${folder}/library-${library.replace(/\W/g, '-')}.ts`,
      text: `export * from '${library}';\n`,
      rule: homes.some((home) => folder === home || folder.startsWith(`${home}/`)) ? null : RESTRICTED,
    })),
  );
}

function nodeImports(): Plant[] {
  const pure = ['core', 'sql', 'plan', 'operators', 'runtime'];
  const plants = FOLDERS.map((folder) => ({
    file: `src/${folder}/node-fs.ts`,
    text: `export { readFile } from 'node:fs/promises';\n`,
    rule: pure.includes(folder) ? RESTRICTED : null,
  }));
  for (const folder of pure) {
    plants.push({
      file: `src/${folder}/node-crypto.ts`,
      text: `export { createHash } from 'node:crypto';\n`,
      rule: folder === 'sql' ? null : RESTRICTED,
    });
  }
  return plants;
}

const later = `const later = async (): Promise<void> => {};\n`;

const CODE: readonly Plant[] = [
  ...['core', 'sql', 'plan', 'operators', 'runtime'].map((folder) => ({
    file: `src/${folder}/clock-bypassed.ts`,
    text: `export const now = Date.now();\n`,
    rule: 'eslint(no-restricted-properties)',
  })),
  {
    file: 'src/kafka/floating.ts',
    text: `${later}export function go(): void {\n  later();\n}\n`,
    rule: 'typescript(no-floating-promises)',
  },
  {
    file: 'src/kafka/misused.ts',
    text: `${later}export const go = (): void => [1].forEach(later);\n`,
    rule: 'typescript(no-misused-promises)',
  },
  {
    file: 'src/kafka/await.ts',
    text: `export const go = async (): Promise<number> => await 1;\n`,
    rule: 'typescript(await-thenable)',
  },
  { file: 'src/kafka/any.ts', text: `export const x: any = 1;\n`, rule: 'typescript(no-explicit-any)' },
  {
    file: 'src/kafka/type-import.ts',
    text: `import { X } from './x.ts';\nexport const f = (x: X): X => x;\n`,
    rule: 'typescript(consistent-type-imports)',
  },
  {
    file: 'src/kafka/cycle-a.ts',
    text: `import { b } from './cycle-b.ts';\nexport const a = (): void => b();\n`,
    rule: 'import(no-cycle)',
  },
  {
    file: 'src/kafka/cycle-b.ts',
    text: `import { a } from './cycle-a.ts';\nexport const b = (): void => a();\n`,
    rule: 'import(no-cycle)',
  },
  { file: 'src/kafka/equal.ts', text: `export const f = (x: number): boolean => x == 1;\n`, rule: 'eslint(eqeqeq)' },
  { file: 'src/kafka/unused.ts', text: `const x = 1;\nexport const y = 2;\n`, rule: 'eslint(no-unused-vars)' },
  {
    file: 'src/kafka/long.ts',
    text: `export const x = 1;\n`.concat('// more\n'.repeat(400)),
    rule: 'eslint(max-lines)',
  },
  {
    file: 'src/kafka/throw.ts',
    text: `export function f(): void {\n  throw 'text';\n}\n`,
    rule: 'typescript(only-throw-error)',
  },
  {
    file: 'src/kafka/switch.ts',
    text: `export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      break;\n  }\n}\n`,
    rule: 'typescript(switch-exhaustiveness-check)',
  },
];

describe('the linter, with the configuration of the project', () => {
  const plants = [...folderImports(), ...libraryImports(), ...nodeImports(), ...CODE];
  const dir = suiteTempDir();
  let reported: Map<string, string[]>;

  beforeAll(() => {
    plant(dir, plants);
    reported = lint(dir);
  }, 60_000);

  test('reports every planted violation', () => {
    const silent = plants.filter(({ file, rule }) => rule !== null && !reported.get(file)?.includes(rule));
    expect(silent.map(({ file, rule }) => `${rule} says nothing about ${file}`)).toEqual([]);
  });

  test('reports nothing else', () => {
    const planted = new Map(plants.map(({ file, rule }) => [file, rule]));
    const extra = [...reported].flatMap(([file, rules]) =>
      rules.filter((rule) => rule !== planted.get(file)).map((rule) => `${rule} about ${file}`),
    );
    expect(extra).toEqual([]);
  });
});

/** A project with the real configuration, a module to import in every folder, and the plants. */
function plant(dir: string, plants: readonly Plant[]): void {
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
    copyFileSync(join(ROOT, name), join(dir, name));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const module = `export const x = 1;\nexport type X = number;\n`;
  for (const folder of FOLDERS) write(join(dir, 'src', folder, 'x.ts'), module);
  for (const { file, text } of plants) write(join(dir, file), text);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The rules that the linter reports, by file. */
function lint(dir: string): Map<string, string[]> {
  const bin = join(ROOT, 'node_modules', '.bin', 'oxlint');
  const { stdout, stderr, status } = spawnSync(bin, ['--type-aware', '--deny-warnings', '-f', 'json', 'src'], {
    cwd: dir,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 1) throw new Error(`oxlint ended with ${status}: ${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  const rules = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) rules.set(filename, [...(rules.get(filename) ?? []), code]);
  return rules;
}
