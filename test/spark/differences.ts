import { readFileSync } from 'node:fs';
import type { Pair } from './judge.ts';

/** Pairs that differ for one reason: by family and expression the rows, or groups, that do. */
export interface Difference {
  readonly reason: string;
  readonly pairs: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

export const differencesFile = new URL('known-differences.json', import.meta.url);
export const readDifferences = (): Difference[] => JSON.parse(readFileSync(differencesFile, 'utf8')) as Difference[];

/** The reason a pair is listed with; null when it is not. */
export function reasonOf(
  differences: readonly Difference[],
  { family, expression, row }: Pick<Pair, 'family' | 'expression' | 'row'>,
): string | null {
  const found = differences.find(({ pairs }) => pairs[family]?.[expression]?.includes(row));
  return found?.reason ?? null;
}

/** The file's text, with a line per expression. */
export function writtenDifferences(differences: readonly { reason: string; pairs: readonly Pair[] }[]): string {
  const blocks = differences.map(({ reason, pairs }) => {
    const families = [...new Set(pairs.map(({ family }) => family))].map((family) => {
      const members = pairs.filter((pair) => pair.family === family);
      const lines = [...new Set(members.map(({ expression }) => expression))].map((expression) => {
        const rows = members.filter((pair) => pair.expression === expression).map(({ row }) => row);
        return `        ${JSON.stringify(expression)}: [${rows.join(', ')}]`;
      });
      return `      ${JSON.stringify(family)}: {\n${lines.join(',\n')}\n      }`;
    });
    return `  {\n    "reason": ${JSON.stringify(reason)},\n    "pairs": {\n${families.join(',\n')}\n    }\n  }`;
  });
  return `[\n${blocks.join(',\n')}\n]\n`;
}
