import type { PlainValue } from '../topology/test-spec.ts';

export type DiffLine<E, A> =
  | { readonly kind: 'same'; readonly expected: E; readonly actual: A }
  /** Expected, and it did not come. */
  | { readonly kind: 'missing'; readonly expected: E }
  /** It came, and was not expected. */
  | { readonly kind: 'extra'; readonly actual: A };

type Fits<E, A> = (expected: E, actual: A) => boolean;

/** Beyond this many pairs the middle of two lists is not searched for what they share. */
const MOST_PAIRS = 1_000_000;

/** What has to go and to come so that the expected list becomes the actual one, in order: as little as can be. */
export function orderedDiff<E, A>(expected: readonly E[], actual: readonly A[], fits: Fits<E, A>): DiffLine<E, A>[] {
  let first = 0;
  while (first < Math.min(expected.length, actual.length) && fits(expected[first], actual[first])) first++;
  let tail = 0;
  const most = Math.min(expected.length, actual.length) - first;
  while (tail < most && fits(expected[expected.length - 1 - tail], actual[actual.length - 1 - tail])) tail++;
  const same = (from: number, to: number, shift: number): DiffLine<E, A>[] =>
    expected.slice(from, to).map((each, i) => ({ kind: 'same', expected: each, actual: actual[from + i + shift] }));
  return [
    ...same(0, first, 0),
    ...middle(expected.slice(first, expected.length - tail), actual.slice(first, actual.length - tail), fits),
    ...same(expected.length - tail, expected.length, actual.length - expected.length),
  ];
}

/** By the longest common subsequence. */
function middle<E, A>(expected: readonly E[], actual: readonly A[], fits: Fits<E, A>): DiffLine<E, A>[] {
  const [rows, columns] = [expected.length, actual.length];
  const common = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  const searched = rows * columns <= MOST_PAIRS;
  for (let i = rows - 1; searched && i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      common[i][j] = fits(expected[i], actual[j])
        ? common[i + 1][j + 1] + 1
        : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines: DiffLine<E, A>[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    if (searched && i < rows && j < columns && fits(expected[i], actual[j])) {
      lines.push({ kind: 'same', expected: expected[i++], actual: actual[j++] });
    } else if (i < rows && (j === columns || common[i + 1][j] >= common[i][j + 1])) {
      lines.push({ kind: 'missing', expected: expected[i++] });
    } else {
      lines.push({ kind: 'extra', actual: actual[j++] });
    }
  }
  return lines;
}

/** The same where the order does not count: what came in the order in which it came, then what is missing. */
export function unorderedDiff<E, A>(expected: readonly E[], actual: readonly A[], fits: Fits<E, A>): DiffLine<E, A>[] {
  const left = [...expected];
  const lines = actual.map((row): DiffLine<E, A> => {
    const at = left.findIndex((each) => fits(each, row));
    if (at < 0) return { kind: 'extra', actual: row };
    return { kind: 'same', expected: left.splice(at, 1)[0], actual: row };
  });
  return [...lines, ...left.map((each): DiffLine<E, A> => ({ kind: 'missing', expected: each }))];
}

/** Whether two values say the same: the order of an object's members does not count, and a member that is null is none. */
export const isSame = (a: PlainValue, b: PlainValue): boolean => canonical(a) === canonical(b);

const canonical = (value: PlainValue): string =>
  JSON.stringify(withoutNulls(value), (_, each: PlainValue) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );

/** The value without members of objects that are null, which JSON output leaves out. */
export function withoutNulls(value: PlainValue): PlainValue {
  if (Array.isArray(value)) return (value as readonly PlainValue[]).map(withoutNulls);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

const isObject = (value: PlainValue): value is { readonly [name: string]: PlainValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
