/**
 * What becomes of a record or a row that fails because of what is in it. `fail`: it stops the topology. `skip`: it is left out and counted.
 * `dlq`: it is left out, counted, and written to the topic as a dead letter, in the transaction of its batch.
 */
export type ErrorPolicy =
  { readonly action: 'fail' } | { readonly action: 'skip' } | { readonly action: 'dlq'; readonly topic: string };

export const FAIL: ErrorPolicy = { action: 'fail' };
