const RANDOM = 'a batch that is tried again would give other values';

/** Functions of Spark that are left out for a reason that a user should read. */
const REFUSED = new Map<string, readonly [reason: string, remedy: string]>([
  ...['rand', 'random', 'randn', 'uuid', 'shuffle', 'uniform', 'randstr'].map(
    (name) => [name, [RANDOM, 'derive the value from columns, e.g. with md5, sha2 or hash']] as const,
  ),
  ['monotonically_increasing_id', [RANDOM, "use the record's partition and offset"]],
  ['spark_partition_id', ['there are no partitions of Spark', "use the record's partition"]],
  ['input_file_name', ['there are no input files', "use the record's topic"]],
  ['xxhash64', ['a hash of 64 bits does not fit into a bigint, which is exact up to 2^53', 'use hash, md5 or sha2']],
  ['java_method', ['there is no Java', 'write a processor']],
  ['reflect', ['there is no Java', 'write a processor']],
]);

/** Why a function of Spark is not there, and what to use; null for a name that Spark has not, or that just is not there yet. */
export const refusalOf = (name: string): { readonly reason: string; readonly remedy: string } | null => {
  const found = REFUSED.get(name);
  return found === undefined ? null : { reason: found[0], remedy: found[1] };
};
