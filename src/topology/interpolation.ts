import { readFileSync } from 'node:fs';
import { spanWithin } from '../core/diagnostic.ts';
import type { Diagnostics } from '../core/diagnostic.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-node.ts';

/** What `${NAME}` stands for; undefined = not set. */
export type Environment = (name: string) => string | undefined;

/** `$${`, `${NAME}`, `${NAME:-default}`, `${file:/path}`, or a `${` that is none of these. */
const REFERENCE =
  /\$\$\{|\$\{(?:file:(?<path>[^}]+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<or>:-(?<fallback>[^}]*))?)\}|\$\{[^}]*\}?/g;

/**
 * Replaces the references in every scalar; keys stay as they are. It works on the parsed tree, so that no value can change the structure
 * of the file. What is missing or malformed becomes a diagnostic.
 */
export function interpolate(node: YamlNode, env: Environment, diagnostics: Diagnostics): YamlNode {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' && node.text.includes('${') ? resolve(node, env, diagnostics) : node;
    case 'list':
      return { ...node, items: node.items.map((item) => interpolate(item, env, diagnostics)) };
    case 'map': {
      const entries = new Map<string, YamlEntry>();
      for (const [key, entry] of node.entries) {
        entries.set(key, { ...entry, value: interpolate(entry.value, env, diagnostics) });
      }
      return { ...node, entries };
    }
  }
}

function resolve(scalar: YamlScalar, env: Environment, diagnostics: Diagnostics): YamlScalar {
  let interpolated = false;
  let secret = false;
  const text = scalar.text.replace(REFERENCE, (reference: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<'path' | 'name' | 'or' | 'fallback', string | undefined>;
    const offset = rest.at(-3) as number;
    if (reference === '$${') return '${';
    const complain = (message: string, remedy: string): string => {
      diagnostics.error('MILLRACE_INTERPOLATION', spanWithin(scalar.span, offset, reference.length), message, remedy);
      return '';
    };
    if (groups.path !== undefined) {
      interpolated = secret = true;
      try {
        return readFileSync(groups.path, 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
        return complain(`the file \`${groups.path}\` cannot be read (${reason})`, 'create it, or correct the path');
      }
    }
    if (groups.name !== undefined) {
      interpolated = true;
      const value = env(groups.name) ?? groups.fallback;
      if (value !== undefined) return value;
      return complain(
        `the environment variable \`${groups.name}\` is not set`,
        `set it, or give a default: \${${groups.name}:-…}`,
      );
    }
    return complain(
      `\`${reference}\` is not a reference`,
      'write ${NAME}, ${NAME:-default} or ${file:/path}, or $${ for the two characters themselves',
    );
  });
  return { ...scalar, value: text, text, interpolated, secret, span: { ...scalar.span, verbatim: false } };
}
