import type { EvidenceRecord } from '../evidence.ts';
import {
  alter,
  cutShort,
  double,
  drop,
  fields,
  isClaim,
  isCommit,
  isTotal,
  keyBegins,
  middle,
  onLog,
  type Damage,
  type Inflicted,
} from './damage.ts';

const ofWindow = keyBegins('\x01userWindows\0');
const ofSecond = keyBegins('\x01seconds\0');
const isWindow = (record: EvidenceRecord): boolean => ofWindow(record) && record.value !== null;
const isClosed = (record: EvidenceRecord): boolean => ofWindow(record) && record.value === null;

/** Numbers in rows are varints: with another last byte the row holds another number. */
const otherNumber = ({ value }: EvidenceRecord): Partial<EvidenceRecord> => {
  const bytes = Buffer.from(value ?? []);
  bytes[bytes.length - 1] ^= 2;
  return { value: bytes };
};

/** The first number of a row comes behind version and tag. */
const otherCount = ({ value }: EvidenceRecord): Partial<EvidenceRecord> => {
  const bytes = Buffer.from(value ?? []);
  bytes[2] ^= 2;
  return { value: bytes };
};

const readNothing = (topic: string): ((record: EvidenceRecord) => Partial<EvidenceRecord>) =>
  fields(() => ({ inputs: { [topic]: 0 } }));

/** Of a batch that brought tens up to something. */
const readNothingOfTens: Damage = (records) => {
  const change = records.findIndex((record) => keyBegins('\x01tens\0')(record) && record.value !== null);
  const at = change + records.slice(change).findIndex(isCommit);
  return records.with(at, { ...records[at], ...readNothing('plain.tens.repartition')(records[at]) });
};

const claimBehindChange: Damage = (records) => {
  const at = middle(records, isTotal);
  const { partition, offset } = records[at];
  const claim = records.find((record) => isClaim(record) && record.partition === partition);
  return records.toSpliced(at + 1, 0, { ...records[at], ...claim, offset: offset + 0.5 });
};

const closedEarlier: Damage = (records) => {
  const at = middle(records, isWindow);
  return records.toSpliced(at, 0, { ...records[at], value: null, offset: records[at].offset - 0.5 });
};

/** The end of what a batch read is moved into the batch behind it. */
const readLess: Damage = (records) => {
  const change = middle(records, isTotal);
  const at = change + records.slice(change).findIndex(isCommit);
  const less = fields(({ inputs }) => {
    const read = inputs as Readonly<Record<string, number>>;
    return { inputs: { 'plain-events': read['plain-events'] - 4 } };
  });
  return records.with(at, { ...records[at], ...less(records[at]) });
};

const allBeyondTheEnd: Damage = (records) => {
  const beyond = fields(() => ({ inputs: { 'plain-lines': 9e6 } }));
  return records.map((record) => ({ ...record, ...(isCommit(record) || isClaim(record) ? beyond(record) : {}) }));
};

/** What can be wrong with changelogs. */
export const CHANGELOG_DAMAGES: readonly Inflicted[] = [
  {
    what: 'a commit record lost',
    invariant: 'I3',
    shows: /events.changelog-.*position before it/,
    inflict: onLog('events', drop(isCommit)),
  },
  {
    what: 'a claim lost',
    invariant: 'I3',
    shows: /lines.changelog-.*generation/,
    inflict: onLog('lines', drop(isClaim)),
  },
  {
    what: 'a commit record that names another',
    invariant: 'I3',
    shows: /tens.changelog-.*position before it/,
    inflict: onLog(
      'tens',
      alter(
        fields(({ position }) => ({ position: Number(position) - 1 })),
        isCommit,
      ),
    ),
  },
  {
    what: 'a commit of an earlier generation',
    invariant: 'I3',
    shows: /events.changelog-.*generation/,
    inflict: onLog(
      'events',
      alter(
        fields(({ generation }) => ({ generation: Number(generation) - 1 })),
        isCommit,
      ),
    ),
  },
  {
    what: 'a batch that was counted twice',
    invariant: 'I3',
    shows: /events.changelog-.*batch: expected/,
    inflict: onLog(
      'events',
      alter(
        fields(({ batchId }) => ({ batchId: Number(batchId) - 1 })),
        isCommit,
      ),
    ),
  },
  {
    what: 'input that goes back',
    invariant: 'I3',
    shows: /lines.changelog-.*input goes back/,
    inflict: onLog(
      'lines',
      alter(
        fields(() => ({ inputs: { 'plain-lines': 0 } })),
        isCommit,
      ),
    ),
  },
  {
    what: 'input of another topic',
    invariant: 'I3',
    shows: /lines.changelog-.*input topics/,
    inflict: onLog(
      'lines',
      alter(
        fields(({ inputs }) => ({ inputs: { ...(inputs as object), other: 0 } })),
        isCommit,
      ),
    ),
  },
  {
    what: 'input beyond the end',
    invariant: 'I3',
    shows: /lines.changelog-.*is behind the end/,
    inflict: onLog('lines', allBeyondTheEnd),
  },
  {
    what: 'a claim that passes over input',
    invariant: 'I3',
    shows: /events.changelog-.*the claim passes over/,
    inflict: onLog(
      'events',
      alter(
        fields(() => ({ inputs: { 'plain-events': 9e6 } })),
        isClaim,
      ),
    ),
  },
  {
    what: 'another log',
    invariant: 'I3',
    shows: /events.changelog-.*log: expected/,
    inflict: onLog(
      'events',
      alter(
        fields(() => ({ logId: 'other' })),
        isCommit,
      ),
    ),
  },
  {
    what: 'a watermark that goes back',
    invariant: 'I3',
    shows: /seconds.changelog-.*watermark goes back/,
    inflict: onLog(
      'seconds',
      alter(
        fields(({ time }) => ({ time: { ...(time as object), watermark: 1 } })),
        isCommit,
      ),
    ),
  },
  {
    what: 'batch time that goes back',
    invariant: 'I3',
    shows: /events.changelog-.*batch time goes back/,
    inflict: onLog(
      'events',
      alter(
        fields(() => ({ batchTimeMs: 1 })),
        isCommit,
      ),
    ),
  },
  {
    what: 'a foreign record',
    invariant: 'I3',
    shows: /events.changelog-.*a foreign record/,
    inflict: onLog(
      'events',
      alter(() => ({ key: Buffer.from('x') }), isTotal),
    ),
  },
  {
    what: 'a change without a commit record',
    invariant: 'I3',
    shows: /events.changelog-.*without a commit record/,
    inflict: onLog('events', double(isTotal)),
  },
  {
    what: 'a claim in the midst of a transaction',
    invariant: 'I3',
    shows: /events.changelog-.*a claim follows/,
    inflict: onLog('events', claimBehindChange),
  },
  {
    what: 'a log without an owner',
    invariant: 'I3',
    shows: /tens.changelog-0: expected at least one claim/,
    inflict: onLog('tens', (records) => records.filter(({ partition }) => partition > 0)),
  },
  {
    what: 'a change lost',
    invariant: 'I2',
    shows: /events.changelog-.*userTotals.*did not change it/,
    inflict: onLog('events', drop(isTotal)),
  },
  {
    what: 'a change with another number',
    invariant: 'I2',
    shows: /events.changelog-.*userTotals.*expected/,
    inflict: onLog('events', alter(otherNumber, isTotal)),
  },
  {
    what: 'a change that cannot be read',
    invariant: 'I2',
    shows: /events.changelog-.*userTotals.*expected/,
    inflict: onLog(
      'events',
      alter(() => ({ value: Buffer.from('x') }), isTotal),
    ),
  },
  {
    what: 'a window with another number in the state',
    invariant: 'I2',
    shows: /events.changelog-.*userWindows.*expected/,
    inflict: onLog('events', alter(otherNumber, isWindow)),
  },
  {
    what: 'a window that was not closed',
    invariant: 'I2',
    shows: /plain-windows-.*is out, and open/,
    inflict: onLog('events', drop(isClosed)),
  },
  {
    what: 'a window that was opened again',
    invariant: 'I2',
    shows: /userWindows.*the window was closed at/,
    inflict: onLog('events', closedEarlier),
  },
  {
    what: 'a total that was deleted',
    invariant: 'I2',
    shows: /userTotals.*nothing deletes it/,
    inflict: onLog(
      'events',
      alter(() => ({ value: null }), isTotal),
    ),
  },
  {
    what: 'a store that there is not',
    invariant: 'I2',
    shows: /store other/,
    inflict: onLog(
      'events',
      alter(() => ({ key: Buffer.from('\x01other\0sx\0') }), isTotal),
    ),
  },
  {
    what: 'a word with another count in the state',
    invariant: 'I2',
    shows: /wordCounts.changelog-.*expected \d/,
    inflict: onLog('wordCounts', alter(otherNumber, keyBegins('\x01wordCounts\0snew'))),
  },
  {
    what: 'a batch that says it read less',
    invariant: 'I2',
    shows: /events.changelog-.*changed it, and read no event of it/,
    inflict: onLog('events', readLess),
  },
  {
    what: 'a batch that says it read fewer words',
    invariant: 'I2',
    shows: /wordCounts.changelog-.*rows up to input/,
    inflict: onLog('wordCounts', alter(readNothing('plain.wordCounts.repartition'), isCommit)),
  },
  {
    what: 'a batch that says it read fewer closed seconds',
    invariant: 'I2',
    shows: /tens.changelog-.*rows up to input/,
    inflict: onLog('tens', readNothingOfTens),
  },
  {
    what: 'a second with another number in the state',
    invariant: 'I2',
    shows: /seconds.changelog-.*rows up to input/,
    inflict: onLog(
      'seconds',
      alter(otherCount, (record) => ofSecond(record) && record.value !== null),
    ),
  },
  {
    what: 'a word whose change is lost',
    invariant: 'I2',
    shows: /wordCounts.changelog-.*not changed by the batch/,
    inflict: onLog('wordCounts', drop(keyBegins('\x01wordCounts\0'))),
  },
  {
    what: 'input that was not processed',
    invariant: 'I6',
    shows: /plain-events-.*not processed/,
    inflict: onLog('events', cutShort),
  },
];
