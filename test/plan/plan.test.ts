import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { explain } from '../../src/plan/explain.ts';
import { planTopology } from '../../src/plan/plan.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';
import { planOf } from '../support/engine-harness.ts';

const topology = (views: string, sinks: string, source = ''): string => `
apiVersion: millrace/v1
name: shop
sources:
  orders:
    topic: orders
    value: { format: json, schema: "id bigint, user string, country string, amount bigint" }
    ${source}
views:
${views}
sinks:
${sinks}
`;

const BY_USER = `  perUser:
    from: orders
    groupBy: user
    aggregate: [ count(*) as n ]`;
const TO_TOPIC = `  out: { from: perUser, topic: out, key: user, outputMode: update }`;

/** Codes and messages of the complaints about a topology whose shape is sound. */
function complaints(yaml: string): string[] {
  const diagnostics = new Diagnostics();
  const spec = loadTopology(yaml, 'test.yaml', diagnostics, () => undefined);
  if (spec !== null) planTopology(spec, diagnostics);
  return diagnostics.all.map(({ code, message, span }) => `${code} ${yaml.slice(span.start, span.end)}: ${message}`);
}

describe('where a topology is cut', () => {
  test('a groupBy begins a sub-topology named after its view', () => {
    const plan = planOf(topology(BY_USER, TO_TOPIC));
    expect(plan.subTopologies.map(({ id, input }) => [id, input.kind, input.topic])).toEqual([
      ['orders', 'source', 'orders'],
      ['perUser', 'repartition', 'shop.perUser.repartition'],
    ]);
  });

  test('a groupBy on the declared partitioning stays with its source', () => {
    const plan = planOf(topology(BY_USER, TO_TOPIC, 'partitionedBy: [ user ]'));
    expect(plan.subTopologies.map(({ id }) => id)).toEqual(['orders']);
  });

  test('the partitioning is known through filters and selections that keep the column, under any name', () => {
    const views = `  big:
    from: orders
    where: amount > 100
    select: [ user as buyer, amount ]
  perBuyer:
    from: big
    groupBy: [ amount, buyer ]
    aggregate: [ count(*) as n ]
    repartition: deny`;
    const plan = planOf(
      topology(views, `  out: { from: perBuyer, topic: out, outputMode: update }`, 'partitionedBy: [ user ]'),
    );
    expect(plan.subTopologies).toHaveLength(1);
  });

  test('a selection that changes the column loses the partitioning', () => {
    const views = `  upper:
    from: orders
    select:
      - upper(user) as user
  perUser:
    from: upper
    groupBy: user
    aggregate: [ count(*) as n ]
    repartition: deny`;
    expect(complaints(topology(views, TO_TOPIC, 'partitionedBy: [ user ]'))).toEqual([
      expect.stringMatching(/^MILLRACE_REPARTITION_DENIED user: /),
    ]);
  });

  test('a global aggregate has a repartition of one partition', () => {
    const views = `  total:
    from: orders
    aggregate: [ sum(amount) as total ]`;
    const plan = planOf(topology(views, `  out: { from: total, topic: out, outputMode: update }`));
    expect(plan.subTopologies[1].input).toMatchObject({ kind: 'repartition', partitions: 1 });
  });
});

describe('columns of a source', () => {
  const needed = (yaml: string): string[] => {
    const { input } = planOf(yaml).subTopologies[0];
    if (input.kind !== 'source') throw new Error('no source');
    return input.relation.schema.filter((_, i) => input.needed[i]).map((column) => column.name);
  };

  test('are decoded only if something reads them, also from behind a filter', () => {
    const views = `  big:
    from: orders
    where: amount > 100
    select: [ id ]`;
    expect(needed(topology(views, `  out: { from: big, topic: out }`))).toEqual(['id', 'amount']);
  });

  test('are all decoded for a sink that takes everything through a view that only filters', () => {
    const views = `  big:
    from: orders
    where: amount > 100`;
    expect(
      needed(
        topology(views, `  out: { from: big, topic: out, key: user, value: { format: json, select: [ country ] } }`),
      ),
    ).toEqual(['user', 'country', 'amount']);
  });
});

describe('output modes', () => {
  const stream = `  big:
    from: orders
    where: amount > 100`;

  test('complete is refused for a stream', () => {
    expect(complaints(topology(stream, `  out: { from: big, topic: out, outputMode: complete }`))).toEqual([
      expect.stringMatching(/^STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION complete: /),
    ]);
  });

  test('append is refused for an aggregate without a watermark', () => {
    expect(complaints(topology(BY_USER, `  out: { from: perUser, topic: out, key: user }`))).toEqual([
      expect.stringMatching(/^STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION .*no watermark reaches `perUser`/s),
    ]);
  });

  test.each(['update', 'complete'])('%s is accepted for an aggregate', (mode) => {
    expect(
      complaints(topology(BY_USER, `  out: { from: perUser, topic: out, key: user, outputMode: ${mode} }`)),
    ).toEqual([]);
  });
});

describe('complaints', () => {
  test('every expression of every view is checked in one run', () => {
    const views = `  a:
    from: orders
    where: amout > 1
  b:
    from: orders
    select: [ nosuch(id) as x, user ]
  c:
    from: orders
    groupBy: user
    aggregate: [ sum(true) as s ]`;
    const found = complaints(topology(views, `  out: { from: a, topic: out }`));
    expect(found.map((text) => text.split(':')[0])).toEqual([
      'UNRESOLVED_COLUMN.WITH_SUGGESTION amout',
      'UNRESOLVED_ROUTINE nosuch',
      expect.stringContaining('DATATYPE_MISMATCH'),
    ]);
  });

  test('aggregating an aggregate says what to do', () => {
    const views = `${BY_USER}
  again:
    from: perUser
    groupBy: n
    aggregate: [ count(*) as m ]`;
    expect(complaints(topology(views, TO_TOPIC)).map((text) => text.split(' ')[0])).toEqual(['MILLRACE_NOT_YET']);
  });

  test('a view with two columns of one name is refused', () => {
    const views = `  twice:
    from: orders
    select: [ id as x, user as x ]`;
    expect(complaints(topology(views, `  out: { from: twice, topic: out }`))).toEqual([
      expect.stringMatching(/^COLUMN_ALREADY_EXISTS /),
    ]);
  });
});

describe('the fingerprint', () => {
  test('is the same for the same topology, and another when an aggregate changes', () => {
    const plan = (aggregate: string): string =>
      planOf(topology(BY_USER.replace('count(*) as n', aggregate), TO_TOPIC)).fingerprint;
    expect(plan('count(*) as n')).toBe(plan('count(*) as n'));
    expect(plan('count(*) as n')).not.toBe(plan('sum(amount) as n'));
  });

  test('of a store does not change with columns that it does not read', () => {
    const fingerprint = (yaml: string): string => planOf(yaml).subTopologies[1].stores[0].fingerprint;
    const yaml = topology(BY_USER, TO_TOPIC);
    expect(fingerprint(yaml.replace('country string, ', ''))).toBe(fingerprint(yaml));
  });
});

describe('explain', () => {
  const plan = planOf(topology(BY_USER, TO_TOPIC));

  test('names sub-topologies, steps, topics and access rights', () => {
    const text = explain(plan, 'text');
    for (const part of [
      'sub-topology perUser',
      'orders as orders (json, from earliest; reads user)',
      'partial aggregate [user string] count(*)',
      'repartition  shop.perUser.repartition',
      'transactional id shop.orders.* (prefixed): WRITE, DESCRIBE',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('draws a graph in which every edge joins nodes that are there', () => {
    const lines = explain(plan, 'mermaid').split('\n');
    const declared = new Set(lines.flatMap((line) => /^\s*(\w+)[[>(]/.exec(line)?.[1] ?? []));
    const edges = lines.flatMap((line) => {
      const edge = /^\s*(\w+) (?:-->|-\.-) (\w+)$/.exec(line);
      return edge === null ? [] : [edge[1], edge[2]];
    });
    expect(edges.length).toBeGreaterThan(6);
    expect(edges.filter((node) => !declared.has(node))).toEqual([]);
  });
});
