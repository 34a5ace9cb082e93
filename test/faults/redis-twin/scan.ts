/**
 * One step of SCAN or HSCAN. Names are visited in the order of their hashes, and the cursor is the hash to go on from: a name that is there
 * from the first step to the last is visited, whatever comes and goes meanwhile.
 * @param names names as strings of bytes
 * @param cursor 0 to begin with
 * @returns the next cursor, 0 after the last name, and the names of this step that match
 */
export function scanStep(
  names: Iterable<string>,
  cursor: number,
  pattern: string | null,
  count: number,
): { cursor: number; found: string[] } {
  const ahead = [...names]
    .map((name) => ({ name, hash: hashOf(name) }))
    .filter(({ hash }) => hash >= cursor)
    .toSorted((a, b) => a.hash - b.hash);
  let end = Math.min(count, ahead.length);
  // Names with the same hash cannot be told apart by a cursor.
  while (end > 0 && end < ahead.length && ahead[end].hash === ahead[end - 1].hash) end++;
  const matcher = pattern === null ? null : matcherOf(pattern);
  const found = ahead.slice(0, end).filter(({ name }) => matcher === null || matcher.test(name));
  return { cursor: end < ahead.length ? ahead[end].hash : 0, found: found.map(({ name }) => name) };
}

/** 1 to 2^32. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) + 1;
}

/** A pattern with `*`, `?`, `[…]`, `[^…]` and `\`, as Redis reads it. */
export function matcherOf(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    const end = char === '[' ? pattern.indexOf(']', i) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (end > i) {
      const negated = pattern[i + 1] === '^';
      source += `[${negated ? '^' : ''}${pattern.slice(i + (negated ? 2 : 1), end).replace(/[\\^[]/g, '\\$&')}]`;
      i = end;
    } else if (char === '\\' && i + 1 < pattern.length) source += literally(pattern[++i]);
    else source += literally(char);
  }
  return new RegExp(`^${source}$`, 's');
}

const literally = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
