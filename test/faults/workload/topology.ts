import type { StateCompression } from '../../../src/core/state.ts';

/** What the topology may be made of. Each part has its own views and outputs; parts share the two sources. */
export type Part = (typeof SIMULATED_PARTS)[number];

/**
 *     copies    stateless; every event to `copies`, those of LARGE and more to `large` as well, every line to `line-copies`
 *     totals    of each user: number of events, sum of amounts, largest id; updates to `totals`
 *     windows   of each user and window: number and sum, once the window is final; to `windows`
 *     words     number of each word, behind a repartition; updates to `words`
 *     tens      number and sum by second and last digit of the amount, behind a repartition; sums of those by ten seconds, behind another
 *               one; to `tens`
 *     crowds    windows as above, and sums of those of all users by two of them, behind a repartition: what is open before it is not out yet;
 *               to `crowds`
 */
export const SIMULATED_PARTS = ['copies', 'totals', 'windows', 'words', 'tens', 'crowds'] as const;

/** Those that the judge of real clusters knows as well. */
export const PARTS = ['copies', 'totals', 'windows', 'words', 'tens'] as const satisfies readonly Part[];

/** Amount from which an event is in both outputs of `copies`. */
export const LARGE = 50;

export interface TopologyOptions {
  readonly name: string;
  readonly parts: readonly Part[];
  /** As in the file: `default`, `once`, `{ processingTime: 1 second }`, … */
  readonly trigger: string;
  /** Durations as in the file. */
  readonly watermarkDelay: string;
  readonly idleTimeout: string;
  /** How long a "second" of the part `tens` is, ms; a window of the part `windows` is five of them. */
  readonly secondMs: number;
  /** Compression of state; rows are then made large enough for it. Default none. */
  readonly compression?: StateCompression;
  /** Late rows go to a topic of their own, with the view that they missed, so that before a repartition rows are not put together. */
  readonly lateRows?: boolean;
}

/** The views that rows may be late for, by the part that has them. */
export const TIMED_VIEWS = { windows: 'userWindows', tens: 'seconds', crowds: 'userFives' } as const satisfies Partial<
  Record<Part, string>
>;
export type TimedView = (typeof TIMED_VIEWS)[keyof typeof TIMED_VIEWS];

/** Lengths of the windows, ms. */
export const windowMs = (secondMs: number): number => 5 * secondMs;
export const tenMs = (secondMs: number): number => 10 * secondMs;

const READS: Readonly<Record<Part, readonly ('events' | 'lines')[]>> = {
  copies: ['events', 'lines'],
  totals: ['events'],
  windows: ['events'],
  words: ['lines'],
  tens: ['events'],
  crowds: ['events'],
};

const WRITES: Readonly<Record<Part, readonly string[]>> = {
  copies: ['copies', 'large', 'line-copies'],
  totals: ['totals'],
  windows: ['windows'],
  words: ['words'],
  tens: ['tens'],
  crowds: ['crowds'],
};

/** A topic of the user's, from its name behind that of the topology. */
export const topicOf = (name: string, output: string): string => `${name}-${output}`;

/** Topics that the parts read; to be created before the topology starts, with the same number of partitions. */
export const sourceTopics = (name: string, parts: readonly Part[]): string[] =>
  [...new Set(parts.flatMap((part) => READS[part]))].map((source) => topicOf(name, source));

/** Topics that the parts write; to be created before the topology starts. */
export function outputTopics(name: string, parts: readonly Part[], lateRows = false): string[] {
  const outputs = parts.flatMap((part) => WRITES[part]);
  if (lateRows && parts.some((part) => part in TIMED_VIEWS)) outputs.push('late');
  return outputs.map((output) => topicOf(name, output));
}

/** The file of the topology. */
export function topologyYaml(options: TopologyOptions): string {
  const { name, parts, trigger } = options;
  const sources = sourceTopics(name, parts);
  const blocks = parts.map((part) => BLOCKS[part](options));
  const views = blocks.map((block) => block.views).join('');
  return [
    `apiVersion: millrace/v1\nname: ${name}\nsources:\n`,
    sources.includes(topicOf(name, 'events')) ? eventsSource(options) : '',
    sources.includes(topicOf(name, 'lines')) ? `  lines: { topic: ${name}-lines, value: { format: text } }\n` : '',
    views === '' ? '' : `views:\n${views}`,
    `sinks:\n${blocks.map((block) => block.sinks).join('')}`,
    `trigger: ${trigger}\n`,
  ].join('');
}

const eventsSource = ({ name, watermarkDelay, idleTimeout }: TopologyOptions): string => `
  events:
    topic: ${name}-events
    value: { format: json, schema: "id bigint, user string, amount bigint, ts timestamp" }
    partitionedBy: [ user ]
    watermark: { column: ts, delay: ${watermarkDelay}, idleTimeout: ${idleTimeout} }
`;

interface Block {
  readonly views: string;
  readonly sinks: string;
}

const BLOCKS: Readonly<Record<Part, (options: TopologyOptions) => Block>> = {
  copies: ({ name }) => ({
    views: `
  largeEvents: { from: events, where: amount >= ${LARGE} }
`,
    sinks: `
  copies: { from: events, topic: ${name}-copies, key: user, value: { format: json, select: [ id, user, amount ] } }
  large: { from: largeEvents, topic: ${name}-large, key: user, value: { format: json, select: [ id, user, amount ] } }
  line-copies: { from: lines, topic: ${name}-line-copies, value: { format: text, select: [ value ] } }
`,
  }),
  totals: ({ name, compression }) => ({
    views: `
  userTotals:
    from: events
    groupBy: user
    aggregate: [ count(*) as n, sum(amount) as total, max(id) as newest${paddingFor(compression)} ]
    compression: ${compression ?? 'none'}
`,
    sinks: `
  totals:
    from: userTotals
    topic: ${name}-totals
    outputMode: update
    key: user
    value: { format: json, select: [ user, n, total, newest ] }
`,
  }),
  windows: ({ name, secondMs, compression, lateRows }) => ({
    views: `
  userWindows:
    from: events
    groupBy: [ "window(ts, '${windowMs(secondMs)} milliseconds') as w", user ]
    aggregate: [ count(*) as n, sum(amount) as total${paddingFor(compression)} ]
    compression: ${compression ?? 'none'}
${lateRows === true ? '    lateRows: lateForWindows\n' : ''}`,
    sinks: `
  windows:
    from: userWindows
    topic: ${name}-windows
    key: user
    value: { format: json, select: [ user, w.start as start, n, total ] }
${lateRows === true ? lateSink(name, 'lateForWindows', 'userWindows') : ''}`,
  }),
  words: ({ name }) => ({
    views: `
  spoken:
    from: lines
    select:
      - explode(split(value, ' ')) as word
  wordCounts:
    from: spoken
    where: word not like '#%'
    groupBy: word
    aggregate: [ count(*) as n ]
`,
    sinks: `
  words: { from: wordCounts, topic: ${name}-words, outputMode: update, key: word, value: { format: text, select: [ n ] } }
`,
  }),
  tens: ({ name, secondMs, lateRows }) => ({
    views: `
  seconds:
    from: events
    groupBy: [ "window(ts, '${secondMs} milliseconds') as second", "amount % 10 as class" ]
    aggregate: [ count(*) as n, sum(amount) as total ]
    emit: final
${lateRows === true ? '    lateRows: lateForSeconds\n' : ''}
  tens:
    from: seconds
    groupBy: "window(second, '${tenMs(secondMs)} milliseconds') as ten"
    aggregate: [ sum(n) as n, sum(total) as total, count(*) as parts ]
`,
    sinks: `
  tens: { from: tens, topic: ${name}-tens, value: { format: json, select: [ ten.start as start, n, total, parts ] } }
${lateRows === true ? lateSink(name, 'lateForSeconds', 'seconds') : ''}`,
  }),
  crowds: ({ name, secondMs, lateRows }) => ({
    views: `
  userFives:
    from: events
    groupBy: [ "window(ts, '${windowMs(secondMs)} milliseconds') as five", user ]
    aggregate: [ count(*) as n, sum(amount) as total ]
    emit: final
${lateRows === true ? '    lateRows: lateForFives\n' : ''}
  crowds:
    from: userFives
    groupBy: "window(five, '${tenMs(secondMs)} milliseconds') as ten"
    aggregate: [ sum(n) as n, sum(total) as total, count(*) as parts ]
`,
    sinks: `
  crowds: { from: crowds, topic: ${name}-crowds, value: { format: json, select: [ ten.start as start, n, total, parts ] } }
${lateRows === true ? lateSink(name, 'lateForFives', 'userFives') : ''}`,
  }),
};

const lateSink = (name: string, stream: string, missed: TimedView): string =>
  `  late-${missed}: { from: ${stream}, topic: ${name}-late, value: { format: json, select: [ id, "'${missed}' as missed" ] } }\n`;

/** Only large values are compressed. */
const paddingFor = (compression: StateCompression | undefined): string =>
  compression === undefined || compression === 'none' ? '' : ', "max(repeat(user, 100)) as padding"';
