import type { Faults } from './faulty-link.ts';

/** What one run of the simulation is about. */
export interface FaultScenario {
  readonly partitions: number;
  /** The first aggregation runs where its source is read. */
  readonly inPlace: boolean;
  readonly trigger: 'default' | 'availableNow' | 'once';
  /**
   * Partitions become idle every now and then. Their rows are then of about the present, so that whoever was thought idle is not late with
   * what comes next; otherwise each partition has a time of its own.
   */
  readonly idle: boolean;
  readonly lateRows: boolean;
  readonly markerDelayMs: number;
  readonly faults: Faults;
  readonly steps: number;
}

export function faultScenario(random: () => number): FaultScenario {
  const sometimes = (share: number, rate: number): number => (random() < share ? rate : 0);
  return {
    partitions: 1 + Math.floor(random() * 3),
    inPlace: random() < 0.3,
    trigger: random() < 0.5 ? 'default' : random() < 0.5 ? 'availableNow' : 'once',
    idle: random() < 0.35,
    lateRows: random() < 0.3,
    markerDelayMs: 1 + Math.floor(random() * 5),
    faults: { drop: sometimes(0.5, 0.01), lose: sometimes(0.6, 0.01), delay: sometimes(0.5, 0.03) },
    steps: 12 + Math.floor(random() * 15),
  };
}

export const topologyOf = ({ inPlace, trigger, idle, lateRows }: FaultScenario): string => `
apiVersion: millrace/v1
name: simulated
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    ${inPlace ? 'partitionedBy: [ word ]' : ''}
    watermark: { column: ts, ${idle ? 'delay: 10 minutes, idleTimeout: 3 seconds' : 'delay: 2 minutes, idleTimeout: 100 hours'} }
views:
  minutes:
    from: words
    groupBy: [ "window(ts, '2 minutes', '1 minute') as m", word ]
    aggregate: [ count(*) as n ]
    emit: final
    ${lateRows ? 'lateRows: late' : ''}
  tens:
    from: minutes
    groupBy: "window(m, '10 minutes') as t"
    aggregate: [ sum(n) as n, count(*) as parts ]
sinks:
  minutes: { from: minutes, topic: minutes, outputMode: append, value: { format: json, select: [ m.start as start, word, n ] } }
  tens: { from: tens, topic: tens, outputMode: append, value: { format: json, select: [ t.start as start, n, parts ] } }
trigger: ${trigger}
`;
