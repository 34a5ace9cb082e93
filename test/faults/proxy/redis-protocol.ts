import { createHash } from 'node:crypto';
import { SCRIPTS } from '../../../src/state/redis/scripts.ts';
import type { Dialogue, Direction, Framing, Message, Protocol } from './message.ts';
import { RespScanner } from './resp.ts';

/** By text and by SHA-1. */
const SCRIPT_NAMES = new Map<string, string>(
  Object.values(SCRIPTS).flatMap(({ name, lua }) => [
    [lua, name],
    [createHash('sha1').update(lua).digest('hex'), name],
  ]),
);

/** What servers send without being asked. */
const PUSH = 'push';

/** The call of a script. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly argv: readonly Buffer[];
}

export class RedisMessage implements Message {
  readonly direction: Direction;
  readonly name: string;
  readonly bytes: Buffer;
  /** What a reply answers; null for a request, and where no rule has looked at the request. */
  readonly request: RedisMessage | null;

  constructor(direction: Direction, name: string, bytes: Buffer, request: RedisMessage | null) {
    this.direction = direction;
    this.name = name;
    this.bytes = bytes;
    this.request = request;
  }

  /** Every text of the message, in order: the command and its arguments; or what a reply holds, but for numbers and the like. */
  get texts(): readonly Buffer[] {
    const parts: Buffer[][] = [];
    const scanner = new RespScanner((part) => (parts[scanner.texts] ??= []).push(part));
    for (let at = 0; at < this.bytes.length;) at = scanner.advance(this.bytes, at);
    return Array.from({ length: scanner.texts }, (_, i) => Buffer.concat(parts[i] ?? []));
  }

  /** Of a request that calls a script; null for any other message. */
  get call(): ScriptCall | null {
    const [command, , keys, ...rest] = this.texts;
    if (this.direction !== 'request' || !/^eval(sha)?(_ro)?$/i.test(command.toString())) return null;
    const count = Number(keys.toString());
    return { keys: rest.slice(0, count).map(String), argv: rest.slice(count) };
  }

  /** What a script of ours answered, such as DONE; null for a request and for an error. */
  get code(): string | null {
    if (this.direction === 'request' || this.bytes[0] !== '*'.charCodeAt(0)) return null;
    return this.texts[0]?.toString() ?? null;
  }
}

/** A request that waits for its reply. */
interface Asked {
  readonly name: string;
  request: RedisMessage | null;
}

/** Longer than any script of ours. */
const MOST_OF_A_NAME = 64 * 1024;

class RequestFraming implements Framing<RedisMessage> {
  name: string | null = null;
  readonly #asked: Asked[];
  readonly #scanner: RespScanner;
  #texts: string[] = [];

  constructor(asked: Asked[]) {
    this.#asked = asked;
    this.#scanner = new RespScanner((part) => this.#gather(part));
  }

  get ended(): boolean {
    return this.#scanner.ended;
  }

  advance(chunk: Buffer, start: number): number {
    if (this.ended) this.#begin();
    const known = this.name !== null;
    let at = start;
    while (at < chunk.length && !this.ended) {
      at = this.#scanner.advance(chunk, at);
      if (this.#scanner.first?.startsWith('*') === false) throw new Error('a request is an array');
      if (this.name === null) this.#identify();
      if (!known && this.name !== null) break;
    }
    return at;
  }

  message(bytes: Buffer): RedisMessage {
    const asked = this.#asked.at(-1);
    if (this.name === null || asked === undefined) throw new Error('no message has begun');
    asked.request = new RedisMessage('request', this.name, bytes, null);
    return asked.request;
  }

  #begin(): void {
    this.#scanner.begin();
    this.#texts = [];
    this.name = null;
  }

  #gather(part: Buffer): void {
    if (this.name !== null) return;
    const { texts } = this.#scanner;
    const text = this.#texts[texts] ?? '';
    if (text.length < MOST_OF_A_NAME) this.#texts[texts] = text + part.toString('latin1');
  }

  #identify(): void {
    const { texts } = this.#scanner;
    if (texts === 0) return;
    const command = this.#texts[0].toLowerCase();
    const isScript = command === 'evalsha' || command === 'eval';
    if (isScript && texts < 2) return;
    this.name = isScript ? (SCRIPT_NAMES.get(this.#texts[1]) ?? command) : command;
    this.#asked.push({ name: this.name, request: null });
  }
}

class ReplyFraming implements Framing<RedisMessage> {
  name: string | null = null;
  readonly #asked: Asked[];
  readonly #scanner = new RespScanner(() => undefined);
  #answered: Asked | null = null;

  constructor(asked: Asked[]) {
    this.#asked = asked;
  }

  get ended(): boolean {
    return this.#scanner.ended;
  }

  advance(chunk: Buffer, start: number): number {
    if (this.ended) this.#begin();
    const known = this.name !== null;
    let at = start;
    while (at < chunk.length && !this.ended) {
      at = this.#scanner.advance(chunk, at);
      if (this.name === null && this.#scanner.first !== null) this.#identify(this.#scanner.first);
      if (!known && this.name !== null) break;
    }
    if (this.ended && this.#answered !== null) this.#asked.shift();
    return at;
  }

  message(bytes: Buffer): RedisMessage {
    return new RedisMessage('reply', this.name ?? PUSH, bytes, this.#answered?.request ?? null);
  }

  #begin(): void {
    this.#scanner.begin();
    this.name = null;
    this.#answered = null;
  }

  #identify(line: string): void {
    if (line.startsWith('>')) {
      this.name = PUSH;
      return;
    }
    const asked = this.#asked.at(0);
    if (asked === undefined) throw new Error('a reply to no request');
    this.#answered = asked;
    this.name = asked.name;
  }
}

class RedisDialogue implements Dialogue<RedisMessage> {
  readonly requests: Framing<RedisMessage>;
  readonly replies: Framing<RedisMessage>;
  readonly #asked: Asked[] = [];

  constructor() {
    this.requests = new RequestFraming(this.#asked);
    this.replies = new ReplyFraming(this.#asked);
  }

  get unanswered(): number {
    return this.#asked.length;
  }

  withdraw(request: RedisMessage): void {
    const at = this.#asked.findIndex((asked) => asked.request === request);
    if (at >= 0) this.#asked.splice(at, 1);
  }
}

/** RESP: the n-th reply answers the n-th request. */
export const REDIS: Protocol<RedisMessage> = {
  open: () => new RedisDialogue(),
  inOrder: true,
};
