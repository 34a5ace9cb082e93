import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/types.ts';
import { arrayOf, BINARY, BOOLEAN, DOUBLE, field, INT, mapOf, STRING, structOf } from '../../../src/core/types.ts';
import { generated } from '../../../src/sql/generate.ts';
import { CONTEXT, expressionOf } from '../support.ts';

const SCOPE = {
  columns: [
    field('s', STRING),
    field('t', STRING),
    field('bin', BINARY),
    field('i', INT),
    field('st', structOf(field('a', INT), field('b', STRING), field('c', arrayOf(DOUBLE)), field('d', BOOLEAN))),
    field('m', mapOf(STRING, INT)),
  ],
  qualifiers: [],
};

/** A function of the columns, in the order of the scope. */
function compiled(text: string): (values: Record<string, Value>) => Value {
  const value = generated.value(expressionOf(text, SCOPE));
  return (values) =>
    value(
      SCOPE.columns.map(({ name }) => values[name] ?? null),
      CONTEXT,
    );
}

const texts = fc.string({ unit: 'binary', maxLength: 12 });
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });

test.each([
  'url_decode(url_encode(s))',
  'cast(unhex(hex(s)) as string)',
  'cast(unbase64(base64(s)) as string)',
  "decode(encode(s, 'UTF-16'), 'UTF-16')",
  "decode(encode(s, 'UTF-32'), 'UTF-32')",
  'reverse(reverse(s))',
  'overlay(s, substring(s, 2, 3), 2)',
])('%s is s', (text) => {
  const value = compiled(text);
  fc.assert(
    fc.property(texts, (s) => {
      expect(value({ s })).toBe(s);
    }),
  );
});

test('a quoted text is a pattern for itself, and replacing it by itself changes nothing', () => {
  const found = compiled("s rlike concat('^', r'\\Q', t, r'\\E')");
  const replaced = compiled("regexp_replace(concat(t, s, t), concat(r'\\Q', t, r'\\E'), '$0')");
  const quotable = texts.filter((t) => !t.includes('\\'));
  fc.assert(
    fc.property(texts, quotable, (s, t) => {
      expect(found({ s: t + s, t })).toBe(true);
      expect(replaced({ s, t })).toBe(t + s + t);
    }),
  );
});

test('a text split by a literal and joined again is the text', () => {
  const joined = compiled("array_join(split(s, concat(r'\\Q', t, r'\\E')), t)");
  const separators = texts.filter((t) => t !== '' && !t.includes('\\'));
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1 }), separators, (parts, t) => {
      const s = parts.join(t);
      expect(joined({ s, t })).toBe(s);
    }),
  );
});

test('$ leads to the whole of any JSON', () => {
  const whole = compiled("get_json_object(s, '$')");
  const json = fc.jsonValue().filter((value) => typeof value !== 'string');
  fc.assert(
    fc.property(json, (value) => {
      const found = whole({ s: JSON.stringify(value) });
      expect(JSON.parse(String(found))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('from_json reads what to_json wrote', () => {
  const struct = compiled("from_json(to_json(st), 'a int, b string, c array<double>, d boolean')");
  const map = compiled("from_json(to_json(m), 'map<string, int>')");
  const ints = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const doubles = fc.double().map((d) => d + 0);
  const structs = fc.tuple(orNull(ints), orNull(texts), orNull(fc.array(orNull(doubles))), orNull(fc.boolean()));
  const maps = fc.array(fc.tuple(texts, orNull(ints))).map((entries) => new Map<Value, Value>(entries));
  fc.assert(
    fc.property(structs, maps, (st, m) => {
      expect(struct({ st })).toEqual(st);
      expect(map({ m })).toEqual(m);
    }),
  );
});

test('levenshtein is a distance', () => {
  const distance = compiled('levenshtein(s, t)');
  fc.assert(
    fc.property(texts, texts, (s, t) => {
      const d = Number(distance({ s, t }));
      expect(d).toBe(distance({ s: t, t: s }));
      expect(d === 0).toBe(s === t);
      expect(d).toBeLessThanOrEqual(Math.max([...s].length, [...t].length));
    }),
  );
});

test('conv and bin write the same digits', () => {
  const bin = compiled('bin(i)');
  const conv = compiled('conv(cast(i as string), 10, 2)');
  fc.assert(
    fc.property(fc.integer(), (i) => {
      expect(bin({ i })).toBe(conv({ i }));
    }),
  );
});

test('two null operands of a strict function give null', () => {
  for (const call of ['levenshtein(s, t)', 'regexp_count(s, t)', 'find_in_set(s, t)', 'encode(s, t)', 'hypot(i, i)'])
    expect(compiled(call)({})).toBeNull();
});
