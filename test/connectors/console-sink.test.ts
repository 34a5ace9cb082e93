import { expect, test } from 'vitest';
import { ConsoleSink, table } from '../../src/connectors/console/console-sink.ts';
import { BIGINT, field, STRING } from '../../src/core/types.ts';

const schema = [field('word', STRING), field('count', BIGINT)];

test('a batch is printed as a ruled table under its number', async () => {
  let printed = '';
  const sink = new ConsoleSink(schema, { numRows: 20, truncate: 20 }, (text) => (printed += text));
  const rows = [
    ['cat', 2],
    ['owl', null],
  ];
  await sink.deliver({ task: { subTopology: 's', partition: 0 }, batchId: 3, outputMode: 'complete', rows });
  expect(printed).toBe(
    [
      '-------------------------------------------',
      'Batch: 3',
      '-------------------------------------------',
      '+----+-----+',
      '|word|count|',
      '+----+-----+',
      '| cat|    2|',
      '| owl| NULL|',
      '+----+-----+',
      '',
      '',
    ].join('\n'),
  );
});

test('long cells are cut and further rows are said to be there', () => {
  const text = table(
    schema,
    [
      ['a-very-long-word-indeed', 1],
      ['b', 2],
    ],
    { numRows: 1, truncate: 10 },
  );
  expect(text).toContain('|a-very-...|    1|');
  expect(text).toContain('only showing top 1 row\n');
  expect(text).not.toContain('|b');
});
