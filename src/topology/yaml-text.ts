import { stringify } from 'yaml';
import type { PlainValue } from './test-spec.ts';

/** The value as one line of YAML, as it may stand in a flow collection or behind a key: `{ word: cat, n: 1 }`. */
export const flowText = (value: PlainValue): string =>
  stringify(value, {
    collectionStyle: 'flow',
    lineWidth: 0,
    defaultStringType: 'PLAIN',
    doubleQuotedAsJSON: true,
  }).trimEnd();
