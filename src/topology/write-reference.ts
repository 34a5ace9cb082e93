import { readFileSync, writeFileSync } from 'node:fs';
import { functionPage } from './function-reference.ts';
import { withKeyTables } from './key-tables.ts';

const page = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

writeFileSync(page('functions.md'), functionPage());
writeFileSync(page('topology.md'), withKeyTables(readFileSync(page('topology.md'), 'utf8')));
