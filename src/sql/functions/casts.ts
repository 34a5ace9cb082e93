import type { DataType } from '../../core/types.ts';
import {
  BIGINT,
  BINARY,
  BOOLEAN,
  DATE,
  decimalOf,
  DOUBLE,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TIMESTAMP,
  TINYINT,
  typeName,
} from '../../core/types.ts';
import { castTo } from '../coercion.ts';
import type { FunctionSpec } from '../function-spec.ts';
import { expectCount } from '../function-spec.ts';

const castingTo = (type: DataType): FunctionSpec => ({
  name: type.kind,
  family: 'conversions',
  signature: `${type.kind}(a) -> ${typeName(type)}`,
  summary: `the same as cast(a as ${typeName(type)})`,
  build: (site) => {
    expectCount(site, 1);
    return castTo(site.operand(0), type, false, site.span);
  },
});

const TARGETS = [
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimalOf(10, 0),
  STRING,
  BINARY,
  DATE,
  TIMESTAMP,
];

/** Functions that are named after a type, and cast to it. */
export const CASTS: readonly FunctionSpec[] = TARGETS.map(castingTo);
