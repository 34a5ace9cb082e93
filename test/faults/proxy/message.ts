/** A request travels from the client to the server, a reply the other way. */
export type Direction = 'request' | 'reply';

/** A whole message of a protocol, as it was on the wire. */
export interface Message {
  readonly direction: Direction;
  /** What is asked: an API of Kafka, a command or script of Redis. A reply bears the name of its request. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** One direction of a connection, read message by message. */
export interface Framing<M extends Message> {
  /**
   * Reads on from `at` in the bytes that follow on those of the last call: up to where the message's name is known for the first time, to
   * its end, or to the end of the bytes. After the end of a message the next one begins.
   * @returns how far it got
   * @throws Error when this is not the protocol
   */
  advance(chunk: Buffer, at: number): number;
  /** Of the message under way; null as long as too little was read of it. */
  readonly name: string | null;
  /** The message under way ends where the last call got to. */
  readonly ended: boolean;
  /** The message under way, once it has ended, of the bytes that were read of it. */
  message(bytes: Buffer): M;
}

/** Both directions of one connection; it knows which reply answers which request. */
export interface Dialogue<M extends Message> {
  readonly requests: Framing<M>;
  readonly replies: Framing<M>;
  /** Requests that were read and whose replies were not. */
  readonly unanswered: number;
  /** The request just read will not be carried out. */
  withdraw(request: M): void;
}

export interface Protocol<M extends Message> {
  open(): Dialogue<M>;
  /**
   * Replies are known by their place alone. Where that is so no message can be left out: without it, nothing behind it arrives either, until
   * the connection ends.
   */
  readonly inOrder: boolean;
}
