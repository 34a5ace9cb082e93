import type { DataType } from '../core/types.ts';

/** True for every type that is not made of other types. */
export const isAtomic = (type: DataType): boolean =>
  type.kind !== 'array' && type.kind !== 'map' && type.kind !== 'struct';
