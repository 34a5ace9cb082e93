import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { INTERVAL, TIMESTAMP, BIGINT, STRING, field, schemaName, typeName } from '../../src/core/types.ts';
import type { Row, Value } from '../../src/core/types.ts';
import { timestampFromText } from '../../src/sql/time-text.ts';
import {
  analyzeItems,
  compileRow,
  expressionText,
  GroupedAnalysis,
  windowArray,
  windowsOf,
} from '../../src/sql/sql.ts';
import type { Scope, SelectItem, TimeWindow } from '../../src/sql/sql.ts';
import { at, complaints, CONTEXT, expressionOf, items } from './support.ts';

const WINDOW = typeName({ kind: 'struct', fields: [field('start', TIMESTAMP), field('end', TIMESTAMP)] });
const SCOPE: Scope = {
  columns: [
    field('ts', TIMESTAMP),
    field('word', STRING),
    field('n', BIGINT),
    field('gap', INTERVAL),
    field('win', { kind: 'struct', fields: [field('start', TIMESTAMP), field('end', TIMESTAMP)] }),
  ],
  qualifiers: ['v'],
};

const micros = (text: string): number => timestampFromText(text) ?? expect.fail(`no timestamp: ${text}`);

function windowOf(text: string, scope = SCOPE): TimeWindow {
  const expression = expressionOf(text, scope);
  if (expression.kind !== 'window') throw new Error(`${text} is no window`);
  return expression;
}

/** The windows of a time, the last first. */
function windows(text: string, time: number): [start: number, end: number][] {
  const found = compileRow([windowArray(windowOf(text))])([time, null, null, null, null], CONTEXT)[0];
  return found as [number, number][];
}

/** The windows of a time as `start end` in the clock of UTC. */
const shown = (text: string, time: string): string[] =>
  windows(text, micros(time)).map((bounds) =>
    bounds.map((bound) => new Date(bound / 1000).toISOString().slice(0, 16)).join(' '),
  );

describe('the windows of a time', () => {
  test('a tumbling window holds its start and not its end', () => {
    expect(shown("window(ts, '10 minutes')", '2026-01-31 12:10:00')).toEqual(['2026-01-31T12:10 2026-01-31T12:20']);
    expect(shown("window(ts, '10 minutes')", '2026-01-31 12:09:59.999999')).toEqual([
      '2026-01-31T12:00 2026-01-31T12:10',
    ]);
  });

  test('sliding windows overlap, the last one first', () => {
    expect(shown("window(ts, '10 minutes', '5 minutes')", '2026-01-31 12:07:00')).toEqual([
      '2026-01-31T12:05 2026-01-31T12:15',
      '2026-01-31T12:00 2026-01-31T12:10',
    ]);
  });

  test('a slide that does not divide the size gives now more windows, now fewer', () => {
    const text = "window(ts, '10 minutes', '4 minutes')";
    expect(shown(text, '1970-01-01 00:08:30')).toEqual([
      '1970-01-01T00:08 1970-01-01T00:18',
      '1970-01-01T00:04 1970-01-01T00:14',
      '1970-01-01T00:00 1970-01-01T00:10',
    ]);
    expect(shown(text, '1970-01-01 00:11:00')).toEqual([
      '1970-01-01T00:08 1970-01-01T00:18',
      '1970-01-01T00:04 1970-01-01T00:14',
    ]);
  });

  test('the start moves them, forwards or back', () => {
    expect(shown("window(ts, '1 hour', '1 hour', '15 minutes')", '2026-01-31 12:07:00')).toEqual([
      '2026-01-31T11:15 2026-01-31T12:15',
    ]);
    expect(shown("window(ts, '1 hour', '1 hour', '-15 minutes')", '2026-01-31 12:50:00')).toEqual([
      '2026-01-31T12:45 2026-01-31T13:45',
    ]);
  });

  test('times before 1970 are cut like all others', () => {
    expect(shown("window(ts, '10 minutes')", '1969-12-31 23:59:59')).toEqual(['1969-12-31T23:50 1970-01-01T00:00']);
    expect(shown("window(ts, '10 minutes')", '1969-12-31 23:50:00')).toEqual(['1969-12-31T23:50 1970-01-01T00:00']);
  });

  test('are those whose bounds the time lies between, and no others', () => {
    const second = 1_000_000;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -49, max: 49 }),
        fc.integer({ min: -500 * second, max: 500 * second }),
        (a, b, start, time) => {
          const size = Math.max(a, b);
          const slide = Math.min(a, b);
          fc.pre(Math.abs(start) < slide);
          const found = windows(`window(ts, '${size} seconds', '${slide} seconds', '${start} seconds')`, time);
          const expected: [number, number][] = [];
          for (let k = 1100; k >= -1100; k--) {
            const from = (start + k * slide) * second;
            const to = from + size * second;
            if (from <= time && time < to) expected.push([from, to]);
          }
          expect(found).toEqual(expected);
          expect(found.length).toBeLessThanOrEqual(Math.ceil(size / slide));
        },
      ),
    );
  });

  test('a null time is in none', () => {
    expect(compileRow([windowArray(windowOf("window(ts, '1 hour')"))])([null], CONTEXT)).toEqual([null]);
  });
});

describe('windows of a time zone', () => {
  const day = "window(ts, '1 day', '1 day', '0 seconds', 'Europe/Amsterdam')";

  test('a day lasts from midnight to midnight on the local clock, 23 or 25 hours when it is set', () => {
    expect(shown(day, '2026-01-31 23:30:00')).toEqual(['2026-01-31T23:00 2026-02-01T23:00']);
    expect(shown(day, '2026-03-29 12:00:00')).toEqual(['2026-03-28T23:00 2026-03-29T22:00']);
    expect(shown(day, '2026-10-25 12:00:00')).toEqual(['2026-10-24T22:00 2026-10-25T23:00']);
  });

  test.each(['20 minutes', '1 hour', '90 minutes', '6 hours', '1 day'])(
    'every time of the days on which clocks are set lies in exactly one window of %s',
    (size) => {
      const local = windowsOf(windowOf(`window(ts, '${size}', '${size}', '0 seconds', 'Europe/Amsterdam')`));
      for (const from of ['2026-03-28 20:00:00', '2026-10-24 20:00:00']) {
        let before = local.last(micros(from));
        for (let time = micros(from); time < micros(from) + 40 * 3_600e6; time += 150e6) {
          const window = local.last(time);
          const bounds = [local.start(window), local.end(window), local.end(window - local.slide)];
          expect(bounds[0] <= time && time < bounds[1] && bounds[2] <= time).toBe(true);
          expect(window).toBeGreaterThanOrEqual(before);
          before = window;
        }
      }
    },
  );

  test('a zone without an offset of its own is UTC', () => {
    expect(shown("window(ts, '1 hour', '1 hour', '0 seconds', 'UTC')", '2026-01-31 12:07:00')).toEqual(
      shown("window(ts, '1 hour')", '2026-01-31 12:07:00'),
    );
  });
});

describe('the call of window', () => {
  test('is a column of type struct<start, end>, called window unless it has an alias', () => {
    const [plain] = items("window(ts, '10 minutes')", SCOPE);
    expect([plain.name, typeName(plain.expression.type)]).toEqual(['window', WINDOW]);
    expect(items("window(ts, '10 minutes') as w", SCOPE)[0].name).toBe('w');
  });

  test.each([
    ["window(ts, '10 minutes')", "window(ts, '10 minutes', '10 minutes', '0 seconds')"],
    ['window(ts, interval 90 seconds)', "window(ts, '1 minute 30 seconds', '1 minute 30 seconds', '0 seconds')"],
    ["window(ts, '1 week', '1 day', 'interval -2 hours')", "window(ts, '7 days', '1 day', '-2 hours')"],
    ["window(ts, '1.5 hours', '500 ms')", null],
    ['window(ts, 1000000)', "window(ts, '1 second', '1 second', '0 seconds')"],
    [
      "window(ts, '1 day', '1 day', '0 seconds', 'Europe/Amsterdam')",
      "window(ts, '1 day', '1 day', '0 seconds', 'Europe/Amsterdam')",
    ],
  ])('%s takes durations as text, interval or microseconds', (text, canonical) => {
    if (canonical === null) expect(complaints(text, SCOPE).map((d) => d.code)).toEqual(['INVALID_INTERVAL_FORMAT']);
    else expect(expressionText(windowOf(text))).toBe(canonical);
  });

  test('of a window cuts by the last microsecond of it', () => {
    const hour = windowOf("window(win, '1 hour')");
    expect(expressionText(hour.time)).toBe('window_time(win)');
    const minute = [micros('2026-01-31 12:59:00'), micros('2026-01-31 13:00:00')];
    const [[[start]]] = compileRow([windowArray(hour)])([0, '', 0, 0, minute], CONTEXT) as number[][][];
    expect(start).toBe(micros('2026-01-31 12:00:00'));
  });

  test('window_time is the last microsecond of a window, and null of none', () => {
    const time = compileRow([expressionOf('window_time(win)', SCOPE)]);
    expect(time([0, '', 0, 0, [10, 20]], CONTEXT)).toEqual([19]);
    expect(time([0, '', 0, 0, null], CONTEXT)).toEqual([null]);
  });

  test.each<[string, string, string, string]>([
    ["window(n, '1 hour')", 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'n', 'cast(… as timestamp)'],
    ['window(ts)', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION', 'window(ts)', "window(time, '10 minutes')"],
    ["window(ts, '0 seconds')", 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', "'0 seconds'", ''],
    ["window(ts, '5 minutes', '-1 minute')", 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', "'-1 minute'", ''],
    ["window(ts, '5 minutes', '6 minutes')", 'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION', "'6 minutes'", ''],
    [
      "window(ts, '5 minutes', '5 minutes', '-5 minutes')",
      'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION',
      "'-5 minutes'",
      '',
    ],
    ["window(ts, '1 month')", 'INVALID_INTERVAL_FORMAT', "'1 month'", '30 days'],
    ["window(ts, '2 years')", 'INVALID_INTERVAL_FORMAT', "'2 years'", '30 days'],
    ["window(ts, '10 fortnights')", 'INVALID_INTERVAL_FORMAT', "'10 fortnights'", '10 minutes'],
    ["window(ts, 'ten minutes')", 'INVALID_INTERVAL_FORMAT', "'ten minutes'", '1 hour 30 minutes'],
    ['window(ts, gap)', 'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', 'gap', ''],
    ["window(ts, '1 day', '1 day', '0 seconds', 'Mars')", 'INVALID_TIMEZONE', "'Mars'", 'Europe/Amsterdam'],
    ["window(tz, '1 day')", 'UNRECOGNIZED', 'tz', 'ts'],
    ["date(window(ts, '1 day').start)", 'MILLRACE_NOT_YET', 'window', 'window.start'],
    ["session_window(ts, '5 minutes')", 'MILLRACE_NOT_YET', 'session_window', '`window`'],
    ['window_time(ts)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'ts', 'window_time(w window)'],
  ])('%s is refused at its place', (text, code, place, remedy) => {
    const [found, ...others] = complaints(text, SCOPE);
    expect(others).toEqual([]);
    expect(found.code).toBe(code === 'UNRECOGNIZED' ? 'UNRESOLVED_COLUMN.WITH_SUGGESTION' : code);
    expect(text.slice(found.span.start, found.span.end)).toBe(place);
    expect(found.remedy).toContain(remedy);
  });
});

describe('a window as a group', () => {
  function grouped(groups: string[], wanted: string[]): { names: string[]; rows: (row: Row) => Value[] } {
    const diagnostics = new Diagnostics();
    const analyzed = analyzeItems(
      groups.map((text) => at(text)),
      SCOPE,
      diagnostics,
      '',
    );
    const analysis = analyzed === null ? null : new GroupedAnalysis(SCOPE, analyzed, diagnostics, '');
    const found: SelectItem[] | null | undefined = analysis?.items(wanted.map((text) => at(text)));
    if (found === null || found === undefined) throw new Error(diagnostics.all.map((d) => d.message).join('; '));
    return {
      names: found.map((item) => item.name),
      rows: (row) => compileRow(found.map((item) => item.expression))(row, CONTEXT),
    };
  }

  test('is selected by its alias, by its name, or by the same call, whole or in parts', () => {
    const alias = grouped(["window(ts, '1 hour') as w", 'word'], ['w.start', 'w.end as until', 'w', 'word']);
    expect(alias.names).toEqual(['start', 'until', 'w', 'word']);
    expect(alias.rows([[1, 2], 'owl'])).toEqual([1, 2, [1, 2], 'owl']);
    const named = grouped(["window(ts, '1 hour')"], ['window.start', 'window_time(window)']);
    expect(named.rows([[1, 9]])).toEqual([1, 8]);
    const call = grouped(["window(ts, '1 hour')"], ["window(ts, '60 minutes')", "window(ts, '1 hour').end as e"]);
    expect(call.names).toEqual(['window', 'e']);
    expect(call.rows([[1, 9]])).toEqual([[1, 9], 9]);
  });

  test('another window than that of the group is refused', () => {
    expect(() => grouped(["window(ts, '1 hour')"], ["window(ts, '2 hours').start"])).toThrow(/stands alone/);
  });

  test('two windows are refused, as Spark refuses them', () => {
    const diagnostics = new Diagnostics();
    const texts = ["window(ts, '1 hour')", "window(ts, '2 hours') as w"].map((text) => at(text));
    expect(analyzeItems(texts, SCOPE, diagnostics, '')).toBeNull();
    expect(diagnostics.all.map((d) => d.code)).toEqual(['MILLRACE_MULTIPLE_WINDOWS']);
  });

  test('the schema of its rows has the window as one column', () => {
    const diagnostics = new Diagnostics();
    const groups = analyzeItems([at("window(ts, '1 hour') as w")], SCOPE, diagnostics, '') ?? [];
    expect(schemaName(new GroupedAnalysis(SCOPE, groups, diagnostics, '').groupSchema)).toBe(`w ${WINDOW}`);
  });
});

test('a window that begins before another ends no later than it', () => {
  const amsterdam = windowsOf(windowOf("window(ts, '6 hours', '1 hour', '0 seconds', 'Europe/Amsterdam')"));
  let end = -Infinity;
  const first = amsterdam.last(micros('2026-10-24 12:00:00'));
  for (let window = first; window < first + 30 * 3_600e6; window += amsterdam.slide) {
    expect(amsterdam.end(window)).toBeGreaterThanOrEqual(end);
    end = amsterdam.end(window);
  }
});
