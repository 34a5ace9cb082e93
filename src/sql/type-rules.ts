import type { DataType } from '../core/types.ts';

export const isAtomic = (type: DataType): boolean =>
  type.kind !== 'array' && type.kind !== 'map' && type.kind !== 'struct';
