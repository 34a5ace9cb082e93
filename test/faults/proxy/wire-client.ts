import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The other end of a wire, for tests: sends bytes as they are and waits for those it is to get. */
export class WireClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new WireClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Resolves with the next bytes, so many of them; rejects when the connection ends before. */
  async receive(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      if (this.#closed) throw new Error(`closed after ${this.#received.length} of ${count} bytes`);
      await this.#change();
    }
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes;
  }

  /** Resolves when the connection has ended, with what came and nobody received. */
  async untilClosed(): Promise<Buffer> {
    while (!this.#closed) await this.#change();
    return this.#received;
  }

  /** As when the process dies. */
  close(): void {
    this.#socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
