import { SPOKEN_APIS } from '../../../src/kafka/protocol/api-versions.ts';
import type { Dialogue, Direction, Framing, Message, Protocol } from './message.ts';

/** Size, API key, version, correlation id. */
const REQUEST_HEAD = 12;
/** Size, correlation id. */
const REPLY_HEAD = 8;

const NAMES = new Map<number, string>(Object.entries(SPOKEN_APIS).map(([name, { key }]) => [key, name]));

export class KafkaMessage implements Message {
  readonly direction: Direction;
  readonly name: string;
  readonly bytes: Buffer;
  readonly version: number;
  readonly correlationId: number;
  /** What a reply answers; null for a request, and where no rule has looked at the request. */
  readonly request: KafkaMessage | null;

  constructor(direction: Direction, bytes: Buffer, asked: Asked) {
    this.direction = direction;
    this.name = asked.name;
    this.version = asked.version;
    this.bytes = bytes;
    this.correlationId = bytes.readInt32BE(direction === 'request' ? 8 : 4);
    this.request = direction === 'request' ? null : asked.request;
  }

  /** Behind the header, in the encoding before flexible versions. */
  get body(): Buffer {
    if (this.direction === 'reply') return this.bytes.subarray(REPLY_HEAD);
    const clientId = Math.max(0, this.bytes.readInt16BE(REQUEST_HEAD));
    return this.bytes.subarray(REQUEST_HEAD + 2 + clientId);
  }
}

/** A request that waits for its reply. */
interface Asked {
  readonly name: string;
  readonly version: number;
  request: KafkaMessage | null;
}

/** Frames: a size, and as many bytes. */
abstract class FrameFraming implements Framing<KafkaMessage> {
  readonly #head: Buffer;
  #headBytes = 0;
  #left = 0;
  #asked: Asked | null = null;
  #ended = false;

  constructor(headBytes: number) {
    this.#head = Buffer.alloc(headBytes);
  }

  get name(): string | null {
    return this.#asked?.name ?? null;
  }

  get ended(): boolean {
    return this.#ended;
  }

  advance(chunk: Buffer, at: number): number {
    if (this.#ended) this.#begin();
    const head = this.#head;
    if (this.#headBytes < head.length) {
      const count = Math.min(head.length - this.#headBytes, chunk.length - at);
      chunk.copy(head, this.#headBytes, at, at + count);
      this.#headBytes += count;
      if (this.#headBytes < head.length) return at + count;
      this.#left = 4 + head.readInt32BE(0) - head.length;
      if (this.#left < 0) throw new Error(`a frame of ${head.readInt32BE(0)} bytes has no room for its header`);
      this.#asked = this.identify(head);
      this.#end();
      return at + count;
    }
    const count = Math.min(this.#left, chunk.length - at);
    this.#left -= count;
    this.#end();
    return at + count;
  }

  message(bytes: Buffer): KafkaMessage {
    if (this.#asked === null) throw new Error('no message has begun');
    return this.made(bytes, this.#asked);
  }

  /** What is asked, or answered. */
  protected abstract identify(head: Buffer): Asked;

  protected abstract made(bytes: Buffer, asked: Asked): KafkaMessage;

  protected onEnd(): void {}

  #begin(): void {
    this.#headBytes = 0;
    this.#asked = null;
    this.#ended = false;
  }

  #end(): void {
    if (this.#left > 0) return;
    this.#ended = true;
    this.onEnd();
  }
}

class RequestFraming extends FrameFraming {
  readonly #asked: Map<number, Asked>;

  constructor(asked: Map<number, Asked>) {
    super(REQUEST_HEAD);
    this.#asked = asked;
  }

  protected override identify(head: Buffer): Asked {
    const key = head.readInt16BE(4);
    const asked = { name: NAMES.get(key) ?? `api ${key}`, version: head.readInt16BE(6), request: null };
    this.#asked.set(head.readInt32BE(8), asked);
    return asked;
  }

  protected override made(bytes: Buffer, asked: Asked): KafkaMessage {
    asked.request = new KafkaMessage('request', bytes, asked);
    return asked.request;
  }
}

class ReplyFraming extends FrameFraming {
  readonly #asked: Map<number, Asked>;
  #correlationId = 0;

  constructor(asked: Map<number, Asked>) {
    super(REPLY_HEAD);
    this.#asked = asked;
  }

  protected override identify(head: Buffer): Asked {
    this.#correlationId = head.readInt32BE(4);
    const asked = this.#asked.get(this.#correlationId);
    if (asked === undefined) throw new Error(`a reply to no request: correlation id ${this.#correlationId}`);
    return asked;
  }

  protected override made(bytes: Buffer, asked: Asked): KafkaMessage {
    return new KafkaMessage('reply', bytes, asked);
  }

  protected override onEnd(): void {
    this.#asked.delete(this.#correlationId);
  }
}

class KafkaDialogue implements Dialogue<KafkaMessage> {
  readonly requests: Framing<KafkaMessage>;
  readonly replies: Framing<KafkaMessage>;
  readonly #asked = new Map<number, Asked>();

  constructor() {
    this.requests = new RequestFraming(this.#asked);
    this.replies = new ReplyFraming(this.#asked);
  }

  get unanswered(): number {
    return this.#asked.size;
  }

  withdraw(request: KafkaMessage): void {
    this.#asked.delete(request.correlationId);
  }
}

/** The frames of Kafka: a reply says by its correlation id which request it answers. */
export const KAFKA: Protocol<KafkaMessage> = {
  open: () => new KafkaDialogue(),
  inOrder: false,
};
