import type { Decoder, Encoder, Format, Formats } from '../core/format.ts';
import type { Schema } from '../core/types.ts';
import { CsvDecoder } from './csv/csv-decoder.ts';
import { CsvEncoder } from './csv/csv-encoder.ts';
import { JsonDecoder } from './json/json-decoder.ts';
import { JsonEncoder } from './json/json-encoder.ts';
import { keyDecoder, keyEncoder } from './key.ts';
import { textDecoder, TextEncoder } from './text.ts';

/** Every format there is. */
export const formats: Formats = { decoder, encoder, keyDecoder, keyEncoder };

function decoder(format: Format, schema: Schema, needed: readonly boolean[]): Decoder {
  switch (format.name) {
    case 'text':
      return textDecoder;
    case 'json':
      return new JsonDecoder(schema, needed, format.timestampFormat);
    case 'csv':
      return new CsvDecoder(format, schema, needed);
  }
}

function encoder(format: Format, schema: Schema): Encoder {
  switch (format.name) {
    case 'text':
      return new TextEncoder(schema);
    case 'json':
      return new JsonEncoder(schema, format.timestampFormat);
    case 'csv':
      return new CsvEncoder(format, schema);
  }
}
