import type { Socket } from 'node:net';
import { Flow, type Fate } from './flow.ts';
import type { Dialogue, Direction, Message } from './message.ts';
import type { ActiveRule, Rules, Span } from './rule.ts';

/** What a connection needs of its proxy. */
export interface ConnectionHost<M extends Message> {
  readonly rules: Rules<M>;
  /** Whether messages arrive in the order they were sent or not at all. */
  readonly inOrder: boolean;
  sleep(ms: number): Promise<void>;
  /** Sends the request over a connection of its own after a while. */
  sendAlone(request: M, after: Span, onReply: ((reply: M) => void) | undefined): void;
  onMessage(name: string, direction: Direction): void;
  onFailure(error: unknown): void;
}

/** A client's connection, and the one to the server that stands behind it. */
export class Connection<M extends Message> {
  readonly #host: ConnectionHost<M>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #dialogue: Dialogue<M>;
  readonly #requests: Flow<M>;
  readonly #replies: Flow<M>;

  constructor(client: Socket, server: Socket, dialogue: Dialogue<M>, host: ConnectionHost<M>) {
    this.#host = host;
    this.#client = client;
    this.#server = server;
    this.#dialogue = dialogue;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // Whatever breaks shows as the end of a flow.
      socket.on('error', () => undefined);
    }
    this.#requests = new Flow(client, server, dialogue.requests, {
      ...this.#judgeOf('request'),
      cut: () => this.cut(),
    });
    this.#replies = new Flow(server, client, dialogue.replies, {
      ...this.#judgeOf('reply'),
      // What was just written is still to arrive.
      cut: () => client.destroySoon(),
    });
  }

  /** Breaks the client's connection. What has reached the server is still carried out; its connection ends when it has answered. */
  cut(): void {
    this.#client.destroy();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #judgeOf(direction: Direction) {
    return {
      begins: (name: string) => {
        this.#host.onMessage(name, direction);
        return this.#host.rules.concern(name);
      },
      judge: (message: M) => {
        const active = this.#host.rules.ruleFor(message);
        return active === null ? 'forward' : this.#apply(active, message);
      },
      onFailure: (error: unknown) => {
        this.#host.onFailure(error);
        this.destroy();
      },
      onProgress: () => this.#progress(),
    } as const;
  }

  #apply(active: ActiveRule<M>, message: M): Fate | Promise<Fate> {
    const { rules } = this.#host;
    const { action } = active.rule;
    switch (action.kind) {
      case 'delay':
        return this.#after(rules.draw(action.ms));
      case 'throttle':
        return this.#after((1000 * message.bytes.length) / action.bytesPerSecond);
      case 'hold':
        return new Promise((resolve) => {
          active.hold(message, (fate) =>
            resolve(fate === 'cut' ? this.#breakAt(message) : this.#fateOf(fate, message)),
          );
        });
      case 'drop':
        return this.#fateOf('discard', message);
      case 'postpone':
        this.#host.sendAlone(message, action.ms, action.onReply);
        return this.#fateOf('discard', message);
      case 'duplicate':
        this.#host.sendAlone(message, action.ms, action.onReply);
        return 'forward';
      case 'cut':
        return action.when === 'after' ? 'forwardAndCut' : this.#breakAt(message);
    }
  }

  async #after(ms: number): Promise<Fate> {
    await this.#host.sleep(ms);
    return 'forward';
  }

  #fateOf(fate: 'forward' | 'discard', message: M): Fate {
    if (fate === 'forward') return fate;
    if (message.direction === 'request') this.#dialogue.withdraw(message);
    return this.#host.inOrder ? 'stop' : 'discard';
  }

  #breakAt(message: M): Fate {
    if (message.direction === 'request') this.#dialogue.withdraw(message);
    this.cut();
    return 'stop';
  }

  #progress(): void {
    const { unanswered } = this.#dialogue;
    // A server that finds a connection closed may pass over what it has read from it but not begun.
    if (this.#requests.isOver && (unanswered === 0 || this.#replies.isStopped)) this.#server.end();
    if (this.#replies.isOver) this.#client.end();
  }
}
