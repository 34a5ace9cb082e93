import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between a client and Redis and, on demand, loses replies: the request reaches Redis and is executed, then the connection breaks.
 */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #repliesUntilCut = Infinity;
  cuts = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(redisUrl: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(redisUrl);
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.#pipe(client, connect(Number(port || 6379), hostname)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Loses the `n`th stretch of replies from now on, and cuts the connection there; Infinity = none. */
  cutAfter(n: number): void {
    this.#repliesUntilCut = n;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pipe(client: Socket, redis: Socket): void {
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ]) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => redis.write(bytes));
    redis.on('data', (bytes) => {
      if (--this.#repliesUntilCut > 0) {
        client.write(bytes);
        return;
      }
      this.#repliesUntilCut = Infinity;
      this.cuts++;
      client.destroy();
    });
  }
}
