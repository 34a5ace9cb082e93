import { MillraceError } from '../../core/errors.ts';
import { typeName, type Field, type Value } from '../../core/types.ts';
import { readValue, type Json } from '../json/read-value.ts';

const INTEGER = /^[+-]?\d+$/;
const FRACTION = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NAMED_FRACTIONS: Readonly<Record<string, number>> = {
  NaN: NaN,
  Inf: Infinity,
  '+Inf': Infinity,
  '-Inf': -Infinity,
  Infinity: Infinity,
  '+Infinity': Infinity,
  '-Infinity': -Infinity,
};
/** A month, day, hour, minute or second of one digit. */
const SHORT_PART = /(?<![.\d])\d(?!\d)/g;

/**
 * A field as a value of the column's type.
 * @throws RECORD_UNDECODABLE naming the column when it is not one
 */
export function readField(text: string, column: Field): Value {
  const { type } = column;
  switch (type.kind) {
    case 'string':
      return text;
    case 'binary':
      return new Uint8Array(Buffer.from(text, 'utf8'));
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower === 'true' || lower === 'false') return lower === 'true';
      break;
    }
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      // Adding 0 makes -0 a plain 0.
      if (INTEGER.test(text)) return judged(text, Number(text) + 0, column);
      break;
    case 'float':
    case 'double': {
      const trimmed = text.trim();
      const named = NAMED_FRACTIONS[trimmed];
      if (named !== undefined) return named;
      if (FRACTION.test(trimmed)) return judged(text, Number(trimmed), column);
      break;
    }
    case 'decimal':
      return judged(text, text.trim(), column);
    case 'date':
    case 'timestamp':
      return judged(text, text.trim().replace(SHORT_PART, '0$&'), column);
    default:
      return judged(text, text, column);
  }
  throw notOfType(text, column);
}

/** The value as JSON would have it; the complaint shows the field as it stands. */
function judged(text: string, json: Json, column: Field): Value {
  try {
    return readValue(json, column.type, column.name);
  } catch (error) {
    throw notOfType(text, column, error);
  }
}

function notOfType(text: string, { name, type }: Field, cause?: unknown): MillraceError {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return new MillraceError('RECORD_UNDECODABLE', `column \`${name}\`: ${shown} is not a ${typeName(type)}`, {
    cause,
    details: { column: name },
  });
}
