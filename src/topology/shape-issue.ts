import type { z } from 'zod';
import { closest } from '../core/diagnostic.ts';
import type { Span } from '../core/diagnostic.ts';
import { keySpanAt, kindName, nodeAt } from './yaml-node.ts';
import type { YamlNode, YamlPath } from './yaml-node.ts';

export interface Complaint {
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly remedy: string;
}

type Issue = z.core.$ZodIssue;

/** What zod found, in the words of the user's file and at its place there. */
export function describeIssue(issue: Issue, root: YamlNode, base: YamlPath = []): Complaint {
  const path = [...base, ...(issue.path as (string | number)[])];
  const node = nodeAt(root, path);
  const name = nameOf(path);
  if (node === null) return missing(root, path);
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(node, name, [kindsOf(issue.expected)]);
    case 'invalid_value':
      return wrongValue(node, name, issue.values.map(String));
    case 'invalid_union':
      return describeUnion(issue, root, path, node, name);
    case 'invalid_key': {
      const [message, remedy] = split(issue.issues[0]?.message ?? 'is not legal here');
      return {
        code: 'MILLRACE_INVALID_NAME',
        span: keySpanAt(root, path),
        message: `\`${path.at(-1)}\` ${message}`,
        remedy,
      };
    }
    case 'invalid_format': {
      const [message, remedy] = split(issue.message);
      const text = node.kind === 'scalar' ? node.text : '';
      return { code: 'MILLRACE_INVALID_NAME', span: node.span, message: `\`${text}\` ${message}`, remedy };
    }
    default: {
      const [message, remedy] = split(limit(issue));
      return { code: 'MILLRACE_INVALID_VALUE', span: node.span, message: `${name} ${message}`, remedy };
    }
  }
}

function missing(root: YamlNode, path: YamlPath): Complaint {
  const key = String(path.at(-1) ?? '');
  const span = keySpanAt(root, path.slice(0, -1));
  return { code: 'MILLRACE_MISSING_KEY', span, message: `\`${key}\` is missing`, remedy: `add \`${key}: …\`` };
}

function wrongKind(node: YamlNode, name: string, kinds: readonly string[]): Complaint {
  const remedies = [];
  if (node.kind === 'scalar' && node.value === null) remedies.push('give it a value, or remove the key');
  else if (kinds.includes('a text') && node.kind === 'map')
    remedies.push('quote it: a text that holds `: ` needs quotes');
  else if (kinds.includes('a text') && node.kind === 'scalar') remedies.push('quote it');
  return {
    code: 'MILLRACE_WRONG_TYPE',
    span: node.span,
    message: `${name} must be ${alternatives(kinds)}, not ${kindName(node)}`,
    remedy: remedies.join(' '),
  };
}

/** Numbers and truth values are legal wherever any text is (`where: true`), so they need no mention there. */
function alternatives(kinds: readonly string[]): string {
  const distinct = [...new Set(kinds)];
  const told = distinct.includes('a text') ? distinct.filter((kind) => !SCALARS.includes(kind)) : distinct;
  return told.join(' or ');
}

const SCALARS: readonly string[] = ['a number', 'a whole number', 'true or false'];

function wrongValue(node: YamlNode, name: string, values: readonly string[]): Complaint {
  const text = node.kind === 'scalar' ? node.text : '';
  const near = closest(text, values);
  const list = values.map((v) => `\`${v}\``).join(', ');
  return {
    code: 'MILLRACE_INVALID_VALUE',
    span: node.span,
    message: node.kind === 'scalar' ? `${name} cannot be \`${text}\`` : `${name} cannot be ${kindName(node)}`,
    remedy:
      near === null
        ? `write ${values.length === 1 ? list : `one of ${list}`}`
        : `did you mean \`${near}\`? ${values.length === 1 ? '' : `it is one of ${list}`}`.trim(),
  };
}

/** The complaint of the branch that was meant, or all that could stand here if none fits the kind of the value. */
function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  root: YamlNode,
  path: YamlPath,
  node: YamlNode,
  name: string,
): Complaint {
  const branches = issue.errors.filter((issues) => issues.length > 0);
  const meant = branches.find((issues) => !issues.some(isOfAnotherKind));
  if (meant) return describeIssue(meant[0], root, path);
  const roots = branches.flat().filter((i) => i.path.length === 0);
  const values = roots.flatMap((i) => (i.code === 'invalid_value' ? i.values.map(String) : []));
  if (values.length > 0 && node.kind === 'scalar') return wrongValue(node, name, values);
  const kinds = leaves(roots).flatMap((i) =>
    i.code === 'invalid_type' ? [kindsOf(i.expected)] : i.code === 'invalid_value' ? ['a text'] : [],
  );
  return wrongKind(node, name, kinds);
}

/** True when the branch does not even begin to fit: its complaint is about the value itself, not about something within. */
const isOfAnotherKind = (issue: Issue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' ||
    issue.code === 'invalid_value' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isOfAnotherKind))));

const leaves = (issues: readonly Issue[]): Issue[] =>
  issues.flatMap((issue) => (issue.code === 'invalid_union' ? leaves(issue.errors.flat()) : [issue]));

function nameOf(path: YamlPath): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number' ? `item ${last + 1} of \`${String(path.at(-2))}\`` : `\`${last}\``;
}

function kindsOf(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    record: 'a map',
  };
  return names[expected] ?? expected;
}

function limit(issue: Issue): string {
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) return `must be at most ${issue.maximum}`;
  return issue.message;
}

/** A message written as `message; remedy`. */
export function split(text: string): readonly [message: string, remedy: string] {
  const at = text.indexOf('; ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 2)];
}
