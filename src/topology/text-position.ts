/** A place in a text as people count: lines and characters from 1. A character is a code point, so that an emoji is one. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns of offsets in one text. */
export class TextPositions {
  readonly #text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  at(offset: number): TextPosition {
    const bounded = Math.max(0, Math.min(offset, this.#text.length));
    let line = 1;
    while (line < this.#lineStarts.length && this.#lineStarts[line] <= bounded) line++;
    return { line, column: countCharacters(this.#text.slice(this.#lineStarts[line - 1], bounded)) + 1 };
  }

  /** The text of a line, without its end. */
  line(line: number): string {
    return this.#text
      .slice(this.#lineStarts[line - 1], this.#lineStarts[line] ?? this.#text.length)
      .replace(/\r?\n$/, '');
  }
}

const countCharacters = (text: string): number => [...text].length;
