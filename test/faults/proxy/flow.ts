import type { Duplex } from 'node:stream';
import type { Framing, Message } from './message.ts';

/** What becomes of a message: it arrives; it does not; it arrives and the connection breaks; neither it nor anything behind it arrives. */
export type Fate = 'forward' | 'discard' | 'forwardAndCut' | 'stop';

export interface Judge<M extends Message> {
  /** A message has begun. Whether it is to be judged: if so it is gathered, else its bytes pass as they come. */
  begins(name: string): boolean;
  /** Until a promise resolves the message stands still, and so does all that comes behind it. */
  judge(message: M): Fate | Promise<Fate>;
  /** After `forwardAndCut`. */
  cut(): void;
  /** The bytes are not of the protocol, or judging failed: nothing more is passed on. */
  onFailure(error: unknown): void;
  /** A message has gone its way, or the stream has ended. */
  onProgress(): void;
}

/** One direction of a connection: passes on the bytes of one socket to another, and lets a judge look at messages. */
export class Flow<M extends Message> {
  readonly #from: Duplex;
  readonly #to: Duplex;
  readonly #framing: Framing<M>;
  readonly #judge: Judge<M>;
  /** Of the message under way, from earlier chunks: what was not passed on. */
  #kept: Buffer[] = [];
  /** What came while a message stood still. */
  #unread: Buffer[] = [];
  #begun = false;
  #judged = false;
  #standing = false;
  #reading = false;
  #stopped = false;
  #ended = false;

  constructor(from: Duplex, to: Duplex, framing: Framing<M>, judge: Judge<M>) {
    this.#from = from;
    this.#to = to;
    this.#framing = framing;
    this.#judge = judge;
    from.on('data', (chunk: Buffer) => this.#push(chunk));
    from.on('end', () => this.#end());
    from.on('close', () => this.#end());
    to.on('drain', () => this.#resume());
    to.on('close', () => this.#resume());
  }

  /** The sender has ended, and everything that came from it has gone where it was to go. */
  get isOver(): boolean {
    return this.#ended && !this.#standing && !this.#reading && this.#unread.length === 0;
  }

  /** Nothing is passed on any more, whatever comes. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  #push(chunk: Buffer): void {
    if (this.#stopped) return;
    if (this.#standing) this.#unread.push(chunk);
    else this.#read(chunk);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#standing) this.#judge.onProgress();
  }

  #read(chunk: Buffer): void {
    this.#reading = true;
    try {
      this.#consume(chunk);
    } catch (error) {
      this.#stop();
      this.#judge.onFailure(error);
    } finally {
      this.#reading = false;
    }
  }

  #consume(chunk: Buffer): void {
    // Bytes up to `passed` have gone their way; the message under way begins at `began`, or in an earlier chunk.
    let passed = 0;
    let began = 0;
    for (let at = 0; at < chunk.length;) {
      at = this.#framing.advance(chunk, at);
      const { name } = this.#framing;
      if (!this.#begun && name !== null) {
        this.#begun = true;
        this.#judged = this.#judge.begins(name);
        if (this.#judged) this.#forward(chunk.subarray(passed, began));
        else this.#forwardKept();
        if (this.#judged) passed = began;
      }
      if (!this.#framing.ended) continue;
      began = at;
      this.#begun = false;
      if (!this.#judged) {
        this.#judge.onProgress();
        continue;
      }
      const bytes = this.#gather(chunk.subarray(passed, at));
      passed = at;
      const fate = this.#judge.judge(this.#framing.message(bytes));
      if (fate instanceof Promise) {
        this.#stand(bytes, fate, chunk.subarray(at));
        return;
      }
      if (!this.#settle(bytes, fate)) return;
    }
    if (this.#begun && !this.#judged) began = chunk.length;
    this.#forward(chunk.subarray(passed, began));
    if (began < chunk.length) this.#kept.push(chunk.subarray(Math.max(passed, began)));
  }

  #stand(bytes: Buffer, fate: Promise<Fate>, rest: Buffer): void {
    this.#standing = true;
    this.#from.pause();
    if (rest.length > 0) this.#unread.unshift(rest);
    void fate.then((decided) => {
      this.#standing = false;
      if (!this.#settle(bytes, decided)) return;
      while (this.#unread.length > 0 && !this.#standing) this.#read(this.#unread.shift() as Buffer);
      if (this.#standing) return;
      this.#resume();
      if (this.#ended) this.#judge.onProgress();
    });
  }

  /** @returns whether anything may follow */
  #settle(bytes: Buffer, fate: Fate): boolean {
    if (fate === 'forward' || fate === 'forwardAndCut') this.#forward(bytes);
    if (fate === 'forward' || fate === 'discard') {
      this.#judge.onProgress();
      return true;
    }
    this.#stop();
    if (fate === 'forwardAndCut') this.#judge.cut();
    else this.#judge.onProgress();
    return false;
  }

  /** What still comes is read, so that the end is seen when it comes. */
  #stop(): void {
    this.#stopped = true;
    this.#unread = [];
    this.#kept = [];
    this.#from.resume();
  }

  #gather(last: Buffer): Buffer {
    if (this.#kept.length === 0) return last;
    const bytes = Buffer.concat([...this.#kept, last]);
    this.#kept = [];
    return bytes;
  }

  #forwardKept(): void {
    for (const part of this.#kept) this.#forward(part);
    this.#kept = [];
  }

  #forward(bytes: Buffer): void {
    if (bytes.length === 0 || this.#to.destroyed || !this.#to.writable) return;
    if (!this.#to.write(bytes)) this.#from.pause();
  }

  #resume(): void {
    if (!this.#standing) this.#from.resume();
  }
}
