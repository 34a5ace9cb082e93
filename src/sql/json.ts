import type { DataType, Value } from '../core/types.ts';
import { textOf } from './conversion.ts';
import { javaDecimalText } from './number-text.ts';
import { dateText, isoText } from './time-text.ts';

/**
 * Writes values of a type as JSON, as Spark's to_json does: times in ISO 8601 with milliseconds, binary in Base64, fields of structs that are null left out,
 * NaN and infinities as strings.
 */
export function jsonWriter(type: DataType): (value: Value) => string {
  switch (type.kind) {
    case 'string':
      return (value) => JSON.stringify(value);
    case 'float':
    case 'double':
      return (value) => {
        const text = fraction(type)(value);
        return Number.isFinite(value) ? text : JSON.stringify(text);
      };
    case 'decimal':
      return (value) => javaDecimalText(value as bigint, type.scale);
    case 'date':
      return (value) => JSON.stringify(dateText(Number(value)));
    case 'timestamp':
      return (value) => JSON.stringify(isoText(Math.floor(Number(value) / 1_000) * 1_000));
    case 'interval':
    case 'yearMonthInterval':
      return (value) => JSON.stringify((textOf(type) as (value: Value) => Value)(value));
    case 'binary':
      return (value) => JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'array': {
      const element = nullable(type.element);
      return (value) => `[${(value as Value[]).map(element).join(',')}]`;
    }
    case 'map': {
      const key = textOf(type.key) as (value: Value) => Value;
      const element = nullable(type.value);
      const pair = ([k, v]: [Value, Value]): string => `${JSON.stringify(String(key(k)))}:${element(v)}`;
      return (value) => `{${[...(value as Map<Value, Value>)].map(pair).join(',')}}`;
    }
    case 'struct': {
      const fields = type.fields.map((f) => ({ name: `${JSON.stringify(f.name)}:`, write: jsonWriter(f.type) }));
      return (value) => {
        const present: string[] = [];
        (value as Value[]).forEach((v, i) => {
          if (v !== null) present.push(fields[i].name + fields[i].write(v));
        });
        return `{${present.join(',')}}`;
      };
    }
    default:
      return (value) => String(value);
  }
}

const fraction = (type: DataType): ((value: Value) => string) => textOf(type) as (value: Value) => string;

function nullable(type: DataType): (value: Value) => string {
  const write = jsonWriter(type);
  return (value) => (value === null ? 'null' : write(value));
}
