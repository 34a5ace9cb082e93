const LINE_FEED = 10;

/**
 * Finds the ends of values in a stream of RESP2 or RESP3, and tells of texts on the way. A value is a line, a text of a given size, or as
 * many values as its line says.
 */
export class RespScanner {
  /** The first line of the value under way; null before it was read. */
  first: string | null = null;
  /** Nothing is missing of the value under way. */
  ended = false;
  /** Texts of the value under way that have ended. */
  texts = 0;
  readonly #onText: (part: Buffer) => void;
  #line = '';
  /** Values still to come. */
  #open = 1;
  /** Bytes still to come of a text; the last two are no part of it. */
  #left = 0;

  /** @param onText hears the bytes of texts, in as many parts as they come in */
  constructor(onText: (part: Buffer) => void) {
    this.#onText = onText;
  }

  /** The next value begins. */
  begin(): void {
    this.first = null;
    this.ended = false;
    this.texts = 0;
    this.#open = 1;
  }

  /** Reads on from `at` to the end of a line, a text or the bytes; returns how far it got. */
  advance(chunk: Buffer, at: number): number {
    return this.#left > 0 ? this.#advanceText(chunk, at) : this.#advanceLine(chunk, at);
  }

  #advanceText(chunk: Buffer, at: number): number {
    const end = Math.min(at + this.#left, chunk.length);
    const endOfText = Math.min(at + this.#left - 2, chunk.length);
    if (endOfText > at) this.#onText(chunk.subarray(at, endOfText));
    this.#left -= end - at;
    if (this.#left === 0) {
      this.texts++;
      this.#close(1);
    }
    return end;
  }

  #advanceLine(chunk: Buffer, at: number): number {
    const feed = chunk.indexOf(LINE_FEED, at);
    const end = feed < 0 ? chunk.length : feed + 1;
    this.#line += chunk.toString('latin1', at, end);
    if (feed < 0) return end;
    const line = this.#line.slice(0, -2);
    this.#line = '';
    this.first ??= line;
    this.#interpret(line);
    return end;
  }

  #interpret(line: string): void {
    const count = Number(line.slice(1));
    switch (line[0]) {
      case '$':
      case '=':
      case '!':
        if (count < 0) this.#close(1);
        else this.#left = count + 2;
        return;
      case '*':
      case '~':
      case '>':
        this.#close(1 - Math.max(0, count));
        return;
      case '%':
        this.#close(1 - 2 * count);
        return;
      case '|':
        // Attributes of the value that follows, which is still to come.
        this.#close(-2 * count);
        return;
      case '+':
      case '-':
      case ':':
      case '_':
      case '#':
      case ',':
      case '(':
        this.#close(1);
        return;
      default:
        throw new Error(`not a line of RESP: ${JSON.stringify(line.slice(0, 40))}`);
    }
  }

  #close(values: number): void {
    this.#open -= values;
    this.ended = this.#open === 0;
  }
}
