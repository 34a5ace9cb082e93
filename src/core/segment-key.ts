/**
 * Keys of a segmented store: the segment, then the canonical key.
 *
 *     key = segment in decimal, ':', canonical key string
 *
 * A segment is an event time in microseconds.
 */
export const segmentKey = (segment: number, key: string): string => `${segment}:${key}`;

export const segmentOf = (key: string): number => Number(key.slice(0, key.indexOf(':')));

/** The key without its segment, for `decodeKey`. */
export const withoutSegment = (key: string): string => key.slice(key.indexOf(':') + 1);
