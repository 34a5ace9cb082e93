import type { Formats } from '../core/format.ts';
import { JsonDecoder } from './json/json-decoder.ts';
import { JsonEncoder } from './json/json-encoder.ts';
import { keyDecoder, keyEncoder } from './key.ts';
import { textDecoder, TextEncoder } from './text.ts';

/** Every format there is. */
export const formats: Formats = {
  decoder: (format, schema, needed) => (format === 'text' ? textDecoder : new JsonDecoder(schema, needed)),
  encoder: (format, schema) => (format === 'text' ? new TextEncoder(schema) : new JsonEncoder(schema)),
  keyDecoder,
  keyEncoder,
};
