/** What differs between the topologies of a kind; keys of the file in their own syntax. */
export interface Variation {
  readonly delay: string;
  readonly idleTimeout: string;
  /** A further key of the source; default none. */
  readonly source?: string;
  /** Default `default`. */
  readonly trigger?: string;
}

const wordsOf = ({ delay, idleTimeout, source = '' }: Variation): string => `
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    ${source}
    watermark: { column: ts, delay: ${delay}, idleTimeout: ${idleTimeout} }`;

/** Counts by word in windows of ten minutes, each put out to `out` once it is final. */
export const counts = (variation: Variation): string => `
apiVersion: millrace/v1
name: counts
sources:${wordsOf(variation)}
views:
  counts:
    from: words
    groupBy: [ "window(ts, '10 minutes') as win", word ]
    aggregate: [ count(*) as n ]
sinks:
  out:
    from: counts
    topic: out
    key: [ word ]
    outputMode: append
    value: { format: json, select: [ word, n, win.start as start ] }
trigger: ${variation.trigger ?? 'default'}
`;

/** Counts by minute and word, then their sums by ten minutes, to `out`. */
export const stages = (variation: Variation): string => `
apiVersion: millrace/v1
name: stages
sources:${wordsOf(variation)}
views:
  minutes:
    from: words
    groupBy: [ "window(ts, '1 minute') as m", word ]
    aggregate: [ count(*) as n ]
    emit: final
  tens:
    from: minutes
    groupBy: "window(m, '10 minutes') as t"
    aggregate: [ sum(n) as n ]
sinks:
  out: { from: tens, topic: out, outputMode: append, value: { format: json, select: [ t.start as start, n ] } }
trigger: ${variation.trigger ?? 'default'}
`;
