import { functionCatalogue } from '../sql/sql.ts';

/** The functions that expressions may use, by family: as a table for people, or as JSON. */
export function functionReference(format: 'text' | 'json'): string {
  const functions = functionCatalogue.toSorted((a, b) => compare(a.family, b.family) || compare(a.name, b.name));
  if (format === 'json') {
    const rows = functions.map(({ name, family, signature, summary }) => ({ name, family, signature, summary }));
    return `${JSON.stringify(rows, null, 2)}\n`;
  }
  const width = Math.max(...functions.map(({ signature }) => signature.length));
  const families = [...new Set(functions.map(({ family }) => family))];
  return families
    .map((family) => {
      const rows = functions.filter((f) => f.family === family);
      return `${family}\n${rows.map(({ signature, summary }) => `  ${signature.padEnd(width)}  ${summary}\n`).join('')}`;
    })
    .join('\n');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
