import { plain } from './byte-strings.ts';
import { fail } from './failure.ts';

type Charset = 'US-ASCII' | 'ISO-8859-1' | 'UTF-8' | 'UTF-16' | 'UTF-16BE' | 'UTF-16LE' | 'UTF-32';
const CHARSETS: readonly Charset[] = ['US-ASCII', 'ISO-8859-1', 'UTF-8', 'UTF-16', 'UTF-16BE', 'UTF-16LE', 'UTF-32'];

function charsetOf(name: string): Charset {
  const upper = name.toUpperCase();
  const found = CHARSETS.find((charset) => charset === upper);
  return found ?? fail('INVALID_PARAMETER_VALUE.CHARSET', `'${name}' is none of ${CHARSETS.join(', ')}`);
}

/** The bytes of a text. Throws MALFORMED_CHARACTER_CODING when the charset lacks one of its characters. */
export function encode(text: string, charsetName: string): Uint8Array {
  const charset = charsetOf(charsetName);
  if (!text.isWellFormed()) return malformed(charset);
  switch (charset) {
    case 'US-ASCII':
    case 'ISO-8859-1': {
      const last = charset === 'US-ASCII' ? 0x7f : 0xff;
      return Uint8Array.from(text, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return code <= last ? code : malformed(charset);
      });
    }
    case 'UTF-8':
      return plain(Buffer.from(text));
    case 'UTF-16LE':
      return plain(Buffer.from(text, 'utf16le'));
    case 'UTF-16BE':
      return plain(Buffer.from(text, 'utf16le').swap16());
    case 'UTF-16':
      // As in Java, with a byte order mark.
      return plain(Buffer.from(text === '' ? '' : `\uFEFF${text}`, 'utf16le').swap16());
    case 'UTF-32': {
      const bytes = Buffer.alloc(Array.from(text).length * 4);
      Array.from(text).forEach((character, i) => bytes.writeUInt32BE(character.codePointAt(0) ?? 0, i * 4));
      return plain(bytes);
    }
  }
}

/** The text of bytes. Throws MALFORMED_CHARACTER_CODING. */
export function decode(bytes: Uint8Array, charsetName: string): string {
  const charset = charsetOf(charsetName);
  try {
    switch (charset) {
      case 'US-ASCII':
        return bytes.every((byte) => byte < 0x80) ? Buffer.from(bytes).toString('latin1') : malformed(charset);
      case 'ISO-8859-1':
        return Buffer.from(bytes).toString('latin1');
      case 'UTF-8':
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      case 'UTF-16LE':
        return new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }).decode(bytes);
      case 'UTF-16BE':
        return new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true }).decode(bytes);
      case 'UTF-16': {
        const little = bytes[0] === 0xff && bytes[1] === 0xfe;
        return new TextDecoder(little ? 'utf-16le' : 'utf-16be', { fatal: true }).decode(bytes);
      }
      case 'UTF-32':
        return fromCodePoints(bytes);
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return malformed(charset);
    throw error;
  }
}

function fromCodePoints(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) return malformed('UTF-32');
  const view = Buffer.from(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) text += String.fromCodePoint(view.readUInt32BE(at));
  return text;
}

const malformed = (charset: Charset): never =>
  fail('MALFORMED_CHARACTER_CODING', `a character that ${charset} does not have`);
