import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { formatDiagnostics } from '../../src/topology/file-diagnostics.ts';

const ORDERS = `views:
  big:
    from: orders
\twhere: amout > 100 and country = 'NL'
    select: '🌾 as grain, amout'
`;
const sources = new Map([['orders.yaml', ORDERS]]);

const at = (text: string, from = 0): Diagnostic['span'] => {
  const start = ORDERS.indexOf(text, from);
  return { file: 'orders.yaml', start, end: start + text.length, verbatim: true };
};

const UNRESOLVED: Diagnostic = {
  code: 'UNRESOLVED_COLUMN.WITH_SUGGESTION',
  severity: 'error',
  span: at('amout'),
  message: 'no column `amout` in `orders`',
  remedy: 'did you mean `amount`?  (amount, country, ts)',
  subject: 'view `big`',
};
const IN_QUOTES: Diagnostic = { ...UNRESOLVED, span: at('amout', ORDERS.indexOf('grain')), remedy: '' };
const WHOLE_FILE: Diagnostic = {
  code: 'MILLRACE_MISSING_KEY',
  severity: 'error',
  span: { file: 'orders.yaml', start: 0, end: 0, verbatim: false },
  message: '`name` is missing',
  remedy: 'add `name: …`',
  subject: '',
};
const OVER_LINES: Diagnostic = {
  code: 'MILLRACE_UNREAD',
  severity: 'warning',
  span: { ...at('from: orders'), end: ORDERS.length },
  message: 'nothing reads it',
  remedy: '',
  subject: 'view `big`',
};
const ELSEWHERE: Diagnostic = {
  ...WHOLE_FILE,
  span: { file: 'environment variable MILLRACE_X', start: 0, end: 0, verbatim: false },
};
const ALL = [UNRESOLVED, IN_QUOTES, WHOLE_FILE, OVER_LINES, ELSEWHERE];

describe('pretty', () => {
  test('shows place, line, caret and remedy', () => {
    expect(formatDiagnostics([UNRESOLVED], sources, 'pretty', false)).toBe(
      [
        'error[UNRESOLVED_COLUMN.WITH_SUGGESTION] orders.yaml:4:9 view `big`',
        "4 | \twhere: amout > 100 and country = 'NL'",
        '  | \t       ^^^^^ no column `amout` in `orders`; did you mean `amount`?  (amount, country, ts)',
        '',
      ].join('\n'),
    );
  });

  test('looks as it is kept', async () => {
    await expect(formatDiagnostics(ALL, sources, 'pretty', false)).toMatchFileSnapshot('golden/pretty.txt');
  });

  test('in colour holds the same text', () => {
    const colored = formatDiagnostics(ALL, sources, 'pretty', true);
    expect(colored).toContain('\u001b[31merror[');
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(formatDiagnostics(ALL, sources, 'pretty', false));
  });

  test('of nothing is nothing', () => expect(formatDiagnostics([], sources, 'pretty', false)).toBe(''));
});

describe('json', () => {
  test('holds every field, with lines and columns from 1', () => {
    expect(JSON.parse(formatDiagnostics([IN_QUOTES], sources, 'json', false))).toEqual([
      {
        code: 'UNRESOLVED_COLUMN.WITH_SUGGESTION',
        severity: 'error',
        file: 'orders.yaml',
        line: 5,
        column: 26,
        endLine: 5,
        endColumn: 31,
        subject: 'view `big`',
        message: 'no column `amout` in `orders`',
        remedy: '',
      },
    ]);
  });

  test('of nothing is an empty list', () => expect(formatDiagnostics([], sources, 'json', false)).toBe('[]\n'));
});

describe('sarif', () => {
  interface Log {
    version: string;
    runs: {
      columnKind: string;
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; level: string; locations: { physicalLocation: { region?: unknown } }[] }[];
    }[];
  }
  const [run] = (JSON.parse(formatDiagnostics(ALL, sources, 'sarif', false)) as Log).runs;

  test('names every rule once', () => {
    expect(run.tool.driver.rules.map((rule) => rule.id).toSorted()).toEqual([
      'MILLRACE_MISSING_KEY',
      'MILLRACE_UNREAD',
      'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    ]);
  });

  test('counts columns in characters and says so', () => {
    expect(run.columnKind).toBe('unicodeCodePoints');
    const result = run.results.find((r) => r.ruleId.startsWith('UNRESOLVED'));
    expect(result?.locations[0].physicalLocation.region).toEqual({
      startLine: 4,
      startColumn: 9,
      endLine: 4,
      endColumn: 14,
    });
  });
});

describe('github', () => {
  test('is one command a line, with what would end it escaped', () => {
    const odd: Diagnostic = { ...UNRESOLVED, message: '100 %\nof it', remedy: '', span: { ...at('amout') } };
    expect(formatDiagnostics([odd], sources, 'github', false)).toBe(
      '::error file=orders.yaml,line=4,endLine=4,col=9,endColumn=14,title=UNRESOLVED_COLUMN.WITH_SUGGESTION::view `big`: 100 %25%0Aof it\n',
    );
  });
});

test('complaints come in the order of files and places', () => {
  const lines = formatDiagnostics(ALL.toReversed(), sources, 'github', false).split('\n');
  expect(lines.map((line) => /line=(\d+)/.exec(line)?.[1] ?? '-')).toEqual(['1', '3', '4', '5', '-', '-']);
});
