#!/usr/bin/env node
// Plain JavaScript on purpose: it must start on any Node so that it can say which one is needed.
import { existsSync } from 'node:fs';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `millrace needs Node 24 or newer; this is ${process.version}.\n` +
      'In a clone, run it through npm (npx millrace …, npm start): npm ci brings Node 24 along.\n',
  );
  process.exit(2);
}
const source = new URL('../src/main.ts', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
