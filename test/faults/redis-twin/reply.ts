/** What a command answers: an integer, a text, nothing, a list of these, or a status such as OK. */
export type Reply = number | Buffer | null | Status | readonly Reply[];

/** A status reply. Clients see its text; scripts see a table with the field `ok`. */
export class Status {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The server's refusal, in its own words: a code in capitals, then what is wrong. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
