import { functionCatalogue } from '../sql/sql.ts';

/** By family and name; signatures of aliases are under their own name. */
const catalogue = functionCatalogue
  .map((each) => ({ ...each, signature: signatureUnder(each.name, each.signature) }))
  .toSorted((a, b) => compare(a.family, b.family) || compare(a.name, b.name));
const families = [...new Set(catalogue.map(({ family }) => family))];

/** The functions that expressions may use, by family: as a table for people, or as JSON. */
export function functionReference(format: 'text' | 'json'): string {
  if (format === 'json') {
    const rows = catalogue.map(({ name, family, signature, summary }) => ({ name, family, signature, summary }));
    return `${JSON.stringify(rows, null, 2)}\n`;
  }
  const width = Math.max(...catalogue.map(({ signature }) => signature.length));
  return families
    .map((family) => {
      const rows = catalogue.filter((f) => f.family === family);
      return `${family}\n${rows.map(({ signature, summary }) => `  ${signature.padEnd(width)}  ${summary}\n`).join('')}`;
    })
    .join('\n');
}

/** The functions as a page in Markdown, as docs/functions.md holds it. */
export function functionPage(): string {
  const links = families.map((family) => `[${family}](#${family})`).join(' · ');
  const tables = families.map((family) => {
    const rows = catalogue
      .filter((f) => f.family === family)
      .map(({ signature, summary }) => `| \`${escaped(signature)}\` | ${escaped(summary)} |`);
    return `\n## ${family}\n\n| Function | Gives |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${HEAD}\n${links}\n${tables.join('')}`;
}

function signatureUnder(name: string, signature: string): string {
  const [first] = /^\w+/.exec(signature)!;
  return signature.replaceAll(new RegExp(`\\b${first}(?=\\()`, 'g'), name);
}

const HEAD = `# Functions

<!-- Made from the catalogue in src/sql by \`node src/topology/write-reference.ts\`; change it there. -->

What expressions can call, beside operators, \`case\`, \`cast\`, \`in\`, \`between\`, \`like\` and the rest of Spark's grammar. Names and meaning are
those of Spark SQL in ANSI mode: what cannot be computed is an error, for which \`onError\` of the view decides, and \`try_…\` gives null in
its place. \`millrace list functions\` prints this list. What differs from Spark is among the [deviations](deviations.md).

In signatures, \`a|b\` takes either type, \`[…]\` may be left out and \`…\` repeated; an argument without a type takes any.
`;

const escaped = (text: string): string => text.replaceAll('|', '\\|');

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
