/**
 * Writes what the chart has of other files: values.schema.json, made of the settings of the service and the API of Kubernetes, and the
 * table of values in README.md, made of values.yaml.
 *
 *   node helm/write.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { valuesSchema } from './values-schema.ts';
import { valuesTable } from './values-table.ts';

const CHART = new URL('millrace/', import.meta.url);
const TABLE = /(?<=<!-- values[^\n]*-->\n\n)[^]*?(?=\n\n<!-- end -->)/;

/** Files of the chart that are made, by name, as they ought to be. */
export function madeFiles(): Readonly<Record<string, string>> {
  const read = (name: string): string => readFileSync(new URL(name, CHART), 'utf8');
  const readme = read('README.md');
  if (!TABLE.test(readme)) throw new Error('README.md of the chart has no place for the table of values');
  return {
    'values.schema.json': `${JSON.stringify(valuesSchema(), null, 1)}\n`,
    'README.md': readme.replace(TABLE, () => valuesTable(read('values.yaml'))),
  };
}

if (import.meta.filename === process.argv[1]) {
  for (const [name, text] of Object.entries(madeFiles())) writeFileSync(new URL(name, CHART), text);
}
