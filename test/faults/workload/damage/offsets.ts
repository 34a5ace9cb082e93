import { withGroupOffset, type Inflicted } from './damage.ts';

/** What can be wrong with the group's offsets and the ends of partitions. */
export const OFFSET_DAMAGES: readonly Inflicted[] = [
  {
    what: 'a group offset that went back',
    invariant: 'I5',
    shows: /plain-events-0 .*the group's offset is 1/,
    inflict: (evidence) => withGroupOffset(evidence, 'plain-events-0', 1),
  },
  {
    what: 'a group offset ahead',
    invariant: 'I5',
    shows: /plain-lines-1.*behind the end/,
    inflict: (evidence) => withGroupOffset(evidence, 'plain-lines-1', 9e6),
  },
  {
    what: 'no group offset',
    invariant: 'I5',
    shows: /plain-lines-1: .*found none/,
    inflict: (evidence) => withGroupOffset(evidence, 'plain-lines-1', null),
  },
  {
    what: 'a transaction that hangs',
    invariant: 'I6',
    shows: /plain-copies-0: a transaction is open/,
    inflict: (evidence) => ({
      ...evidence,
      ends: new Map(evidence.ends).set('plain-copies-0', { lastStable: 1, highWatermark: 2 }),
    }),
  },
];
