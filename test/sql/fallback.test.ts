import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('where code generation is forbidden, expressions are evaluated all the same', () => {
  const sql = new URL('../../src/sql/sql.ts', import.meta.url).href;
  const diagnostic = new URL('../../src/core/diagnostic.ts', import.meta.url).href;
  const script = `
    const { analyzeItems, compileRow } = await import(${JSON.stringify(sql)});
    const { Diagnostics } = await import(${JSON.stringify(diagnostic)});
    let forbidden = false;
    try { new Function('return 1'); } catch (error) { forbidden = error instanceof EvalError; }
    const span = { file: '', start: 0, end: 9, verbatim: true };
    const scope = { columns: [{ name: 'a', type: { kind: 'int' } }], qualifiers: [] };
    const items = analyzeItems([{ value: "concat('v', a + 1)", span }], scope, new Diagnostics(), '');
    console.log(forbidden, compileRow(items.map((item) => item.expression))([41], { batchTime: 0 })[0]);
  `;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' }).trim()).toBe('true v42');
});
