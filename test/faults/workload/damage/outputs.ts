import type { Evidence, EvidenceRecord } from '../evidence.ts';
import { SECOND_MS } from '../plain-run.ts';
import { windowMs } from '../topology.ts';
import {
  hasKey,
  alter,
  cutShort,
  double,
  drop,
  fields,
  keyBegins,
  on,
  onLog,
  onRows,
  swap,
  text,
  type Damage,
  type Inflicted,
} from './damage.ts';

const isRow = (record: EvidenceRecord): boolean => record.key?.[0] !== 0;

const isMarker = hasKey('\0marker');

/** What all tasks say at the end of a partition is said by each of them at its beginning. */
const markerAhead: Damage = (records) => {
  const own = records.filter(({ partition }) => partition === records[0].partition);
  const last = own.findLast(isMarker);
  if (last === undefined) throw new RangeError('there is no marker');
  const said = [0, 1, 2].map((task) => ({ ...last, ...fields(() => ({ task }))(last), offset: own[0].offset }));
  return [...said, ...records];
};

/** The values of two updates of a user are exchanged. */
const swapUpdates: Damage = (records) => {
  const [a, b] = records.flatMap((record, i) => (record.key?.toString() === 'hot0' ? [i] : []));
  return records
    .with(a, { ...records[a], value: records[b].value })
    .with(b, { ...records[b], value: records[a].value });
};

const dropLastOf =
  (key: string): Damage =>
  (records) =>
    records.toSpliced(
      records.findLastIndex((record) => record.key?.toString() === key),
      1,
    );

const objectOf = ({ value }: EvidenceRecord): Readonly<Record<string, unknown>> =>
  JSON.parse(value?.toString() ?? '{}') as Readonly<Record<string, unknown>>;

/** A late row that says it missed the view. */
const missed =
  (view: string) =>
  (record: EvidenceRecord): boolean =>
    objectOf(record)['missed'] === view;

/** By the view that a straggler was late for: what shows when nobody says that it was. */
const SHORT_OF = {
  userWindows: /plain-windows-.*expected n/,
  seconds: /plain-tens-.*expected n/,
  userFives: /plain-crowds-.*expected n/,
} as const;

/** Whether a record is the window of a user that some row came too late for. */
function isWindowOfLate({ topics }: Evidence): (record: EvidenceRecord) => boolean {
  const late = (topics.get('plain-late') ?? []).filter(missed('userWindows')).map((record) => objectOf(record)['id']);
  const events = (topics.get('plain-events') ?? []).map(objectOf).filter(({ id }) => late.includes(id));
  const window = windowMs(SECOND_MS);
  const names = new Set(
    events.map(({ user, ts }) => `${String(user)} ${Math.floor(Date.parse(String(ts)) / window) * window}`),
  );
  return (record) => {
    const { user, start } = objectOf(record);
    return names.has(`${String(user)} ${Date.parse(String(start))}`);
  };
}

/** What can be wrong with outputs and repartition topics. */
export const OUTPUT_DAMAGES: readonly Inflicted[] = [
  {
    what: 'an event lost',
    invariant: 'I1',
    shows: /plain-copies: record \d+ .* is not there/,
    inflict: on('copies', drop()),
  },
  {
    what: 'an event doubled',
    invariant: 'I1',
    shows: /plain-copies-\d .* is there again/,
    inflict: on('copies', double()),
  },
  {
    what: 'events that changed places',
    invariant: 'I1',
    shows: /plain-copies-.* comes after/,
    inflict: on('copies', swap()),
  },
  {
    what: 'an event with another amount',
    invariant: 'I1',
    shows: /plain-copies-.*expected \{"id"/,
    inflict: on('copies', alter(fields(() => ({ amount: -1 })))),
  },
  {
    what: 'an event under another key',
    invariant: 'I1',
    shows: /plain-large-/,
    inflict: on(
      'large',
      alter(() => ({ key: Buffer.from('x') })),
    ),
  },
  {
    what: 'an event in another partition',
    invariant: 'I1',
    shows: /plain-large-.*belongs to partition/,
    inflict: on(
      'large',
      alter(({ partition }) => ({ partition: (partition + 1) % 3 })),
    ),
  },
  {
    what: 'a foreign record',
    invariant: 'I1',
    shows: /plain-large-.*a copy of an input/,
    inflict: on('large', alter(text(() => '{}'))),
  },
  {
    what: 'an event that is not large',
    invariant: 'I1',
    shows: /plain-large-.*a copy of an input/,
    inflict: on('large', alter(fields(() => ({ id: 0 })))),
  },
  { what: 'a line lost', invariant: 'I1', shows: /plain-line-copies: record \d+/, inflict: on('line-copies', drop()) },
  { what: 'a line doubled', invariant: 'I1', shows: /plain-line-copies-.*again/, inflict: on('line-copies', double()) },
  {
    what: 'lines that changed places',
    invariant: 'I1',
    shows: /plain-line-copies-.*comes after/,
    inflict: on('line-copies', swap()),
  },
  {
    what: 'a batch in one output only',
    invariant: 'I4',
    shows: /plain.events.changelog-.*are in its outputs/,
    inflict: on('large', drop()),
  },
  {
    what: 'half a batch in an output',
    invariant: 'I4',
    shows: /are in its outputs/,
    inflict: on('copies', drop()),
  },
  {
    what: 'an output that was not committed',
    invariant: 'I4',
    shows: /plain-events-.*not committed/,
    inflict: onLog('events', cutShort),
  },
  {
    what: 'an update lost',
    invariant: 'I4',
    shows: /plain-totals key "hot\d"/,
    inflict: on('totals', drop(keyBegins('hot'))),
  },
  {
    what: 'an update doubled',
    invariant: 'I2',
    shows: /plain-totals-.*key "hot.*a count above/,
    inflict: on('totals', double(keyBegins('hot'))),
  },
  {
    what: 'updates that changed places',
    invariant: 'I2',
    shows: /plain-totals-.*a count above/,
    inflict: on('totals', swapUpdates),
  },
  {
    what: 'an update with another sum',
    invariant: 'I2',
    shows: /plain-totals-.*expected \{"user"/,
    inflict: on('totals', alter(fields(({ total }) => ({ total: Number(total) + 1 })))),
  },
  {
    what: 'an update with another id',
    invariant: 'I2',
    shows: /plain-totals-.*expected \{"user"/,
    inflict: on('totals', alter(fields(({ newest }) => ({ newest: Number(newest) + 1 })))),
  },
  {
    what: 'the last update of a user lost',
    invariant: 'I2',
    shows: /plain-totals key.*at the end/,
    inflict: on('totals', dropLastOf('hot0')),
  },
  {
    what: 'a user that nobody knows',
    invariant: 'I2',
    shows: /plain-totals-.*no input has/,
    inflict: on(
      'totals',
      alter(() => ({ key: Buffer.from('nobody') })),
    ),
  },
  {
    what: 'a word counted twice',
    invariant: 'I2',
    shows: /plain-words-/,
    inflict: on('words', alter(text((n) => String(Number(n) + 1)))),
  },
  {
    what: 'a word lost',
    invariant: 'I2',
    shows: /plain-words key.*at the end/,
    inflict: on('words', drop(keyBegins('new'))),
  },
  { what: 'a window lost', invariant: 'I2', shows: /plain-windows: .*neither/, inflict: on('windows', drop()) },
  { what: 'a window doubled', invariant: 'I2', shows: /plain-windows-.*again/, inflict: on('windows', double()) },
  {
    what: 'a window with another number',
    invariant: 'I2',
    shows: /plain-windows-.*expected n/,
    inflict: on('windows', alter(fields(({ n }) => ({ n: Number(n) + 1 })))),
  },
  {
    what: 'a window of another user',
    invariant: 'I2',
    shows: /plain-windows-.*of the key/,
    inflict: on('windows', alter(fields(() => ({ user: 'x' })))),
  },
  { what: 'a ten lost', invariant: 'I2', shows: /plain-tens: .*neither/, inflict: on('tens', drop()) },
  { what: 'a ten doubled', invariant: 'I2', shows: /plain-tens-.*again/, inflict: on('tens', double()) },
  {
    what: 'a ten with another sum',
    invariant: 'I2',
    shows: /plain-tens-.*expected n/,
    inflict: on('tens', alter(fields(({ total }) => ({ total: Number(total) + 1 })))),
  },
  {
    what: 'a ten of fewer parts',
    invariant: 'I2',
    shows: /plain-tens-.*expected n/,
    inflict: on('tens', alter(fields(({ parts }) => ({ parts: Number(parts) - 1 })))),
  },
  {
    what: 'a crowd lost',
    invariant: 'I2',
    shows: /plain-crowds: .*neither/,
    inflict: on('crowds', drop()),
  },
  {
    what: 'a crowd of fewer parts',
    invariant: 'I2',
    shows: /plain-crowds-.*expected n/,
    inflict: on('crowds', alter(fields(({ parts }) => ({ parts: Number(parts) - 1 })))),
  },
  {
    what: 'a row late that was on time',
    invariant: 'I8',
    shows: /plain-late-.*it was on time/,
    inflict: on('late', alter(fields(() => ({ id: 0 })))),
  },
  {
    what: 'a late row that nobody wrote',
    invariant: 'I8',
    shows: /plain-late-.*no input has/,
    inflict: on('late', alter(fields(() => ({ id: 1_000_000 })))),
  },
  {
    what: 'a late row that cannot be read',
    invariant: 'I8',
    shows: /plain-late-.*not a late row/,
    inflict: on('late', alter(text(() => '{}'))),
  },
  {
    what: 'a late row twice',
    invariant: 'I1',
    shows: /plain-late-.*is there again/,
    inflict: on('late', double()),
  },
  ...(['userWindows', 'seconds', 'userFives'] as const).map((view) => ({
    what: `a straggler that is neither in a window nor late, for ${view}`,
    invariant: 'I2' as const,
    shows: SHORT_OF[view],
    inflict: on('late', drop(missed(view))),
  })),
  {
    what: 'a straggler that is late and in its window',
    invariant: 'I2',
    shows: /plain-windows-.*expected n/,
    inflict: (evidence) =>
      on(
        'windows',
        alter(
          fields(({ n }) => ({ n: Number(n) + 1 })),
          isWindowOfLate(evidence),
        ),
      )(evidence),
  },
  {
    what: 'a closed window that was put out again for a straggler',
    invariant: 'I2',
    shows: /plain-windows-.*is there again/,
    inflict: (evidence) => on('windows', double(isWindowOfLate(evidence)))(evidence),
  },
  {
    what: 'a row lost on its way',
    invariant: 'I1',
    shows: /wordCounts.repartition-. key/,
    inflict: onRows('wordCounts', drop(isRow)),
  },
  {
    what: 'a row doubled on its way',
    invariant: 'I1',
    shows: /seconds.repartition-. key/,
    inflict: onRows('seconds', double(isRow)),
  },
  {
    what: 'a closed second lost on its way',
    invariant: 'I1',
    shows: /tens.repartition-. key/,
    inflict: onRows('tens', drop(isRow)),
  },
  {
    what: 'a row sent to another task',
    invariant: 'I1',
    shows: /seconds.repartition-.*in partition/,
    inflict: onRows(
      'seconds',
      alter(({ partition }) => ({ partition: (partition + 1) % 3 }), isRow),
    ),
  },
  {
    what: 'a row that cannot be read',
    invariant: 'I1',
    shows: /tens.repartition-.*of no input/,
    inflict: onRows(
      'tens',
      alter(() => ({ value: Buffer.from('x') }), isRow),
    ),
  },
  {
    what: 'a marker ahead of its rows',
    invariant: 'I8',
    shows: /seconds.repartition-.*all said before/,
    inflict: onRows('seconds', markerAhead),
  },
  {
    what: 'a watermark that goes back',
    invariant: 'I8',
    shows: /seconds.repartition-.*goes back/,
    inflict: onRows(
      'seconds',
      alter(
        fields(() => ({ watermark: 1 })),
        isMarker,
      ),
    ),
  },
  {
    what: 'a record of the load lost',
    invariant: 'I1',
    shows: /plain-events: the load itself/,
    inflict: on('events', drop()),
  },
  {
    what: 'a record of the load doubled',
    invariant: 'I1',
    shows: /plain-lines-.*the load itself.*twice/,
    inflict: on('lines', double()),
  },
];
