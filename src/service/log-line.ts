const OWN_FIELDS: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'topology', 'task', 'code', 'remedy', 'err']);

/** A log entry as a person at a terminal reads it: time of day, level, whose matter it is, what happened, then what to do about it. */
export function humanLine(entry: Readonly<Record<string, unknown>>): string {
  const { level, time, msg, topology, task, code, remedy, err } = entry;
  const subject = [topology, task].filter((name) => typeof name === 'string').join(' ');
  const rest = Object.entries(entry)
    .filter(([name]) => !OWN_FIELDS.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const head = [
    text(time).slice(11, 19),
    text(level).toUpperCase(),
    subject === '' ? '' : `[${subject}]`,
    code === undefined ? '' : text(code),
    text(msg),
    ...rest,
  ];
  const lines = [head.filter((part) => part !== '').join(' ')];
  if (typeof remedy === 'string') lines.push(`  → ${remedy}`);
  const stack = stackOf(err);
  if (stack !== null) lines.push(stack.replaceAll(/^/gm, '  '));
  return `${lines.join('\n')}\n`;
}

function stackOf(err: unknown): string | null {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return null;
  return typeof err.stack === 'string' && err.stack !== '' ? err.stack : null;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : String(value));
