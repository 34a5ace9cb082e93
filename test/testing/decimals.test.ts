import { expect, test } from 'vitest';
import { runYaml } from './run-yaml.ts';

test('decimals are exact from a record through repartition, key, state and restart to a record', async () => {
  const mismatches = await runYaml(`
apiVersion: millrace/v1
name: bills
sources:
  orders:
    topic: orders
    value: { format: json, schema: 'customer string, amount decimal(20,2), rate decimal(4,3)' }
views:
  totals:
    from: orders
    where: amount > 0.5
    groupBy: [ customer, rate ]
    aggregate: [ sum(amount) as total, avg(amount) as mean, 'round(sum(amount * rate), 2) as tax' ]
sinks:
  totals:
    from: totals
    topic: totals
    outputMode: update
    key: [ customer, rate ]
    value: { format: json, select: [ string(total) as total, string(mean) as mean, string(tax) as tax ] }
tests:
  - name: it
    batches:
      - send:
          orders:
            - { customer: é, amount: 0.10, rate: 0.210 }
            - { customer: a, amount: 0.70, rate: 0.21 }
            - { customer: é, amount: '123456789012345678.90', rate: 0.210 }
        expect:
          totals:
            unordered: true
            rows:
              - { key: [ é, '0.210' ], value: { total: '123456789012345678.90', mean: '123456789012345678.900000', tax: '25925925692592592.57' } }
              - { key: [ a, '0.210' ], value: { total: '0.70', mean: '0.700000', tax: '0.15' } }
      - restart: true
      - send: { orders: [ { customer: é, amount: 0.70, rate: 0.21 } ] }
        expect:
          totals:
            - { key: [ é, '0.210' ], value: { total: '123456789012345679.60', mean: '61728394506172839.800000', tax: '25925925692592592.72' } }
`);
  expect(mismatches).toEqual([[]]);
});
