import net from 'node:net';
import type { AddressInfo } from 'node:net';

export interface WireRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly clientId: string;
  readonly body: Buffer;
  readonly connection: number;
  /** Sends the reply's body. */
  reply(body: Buffer): void;
  /** Sends the first bytes of a reply, then cuts the connection. */
  replyHalf(body: Buffer): void;
  /** Cuts the connection. */
  cut(): void;
  /** Closes the connection in good order, as a broker does with an idle one. */
  hangUp(): void;
}

/** A socket server that understands the framing of the Kafka protocol, and leaves the answers to the test. */
export class WireBroker {
  readonly port: number;
  /** Connections ever made. */
  connections = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(handle: (request: WireRequest) => void): Promise<WireBroker> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const broker = new WireBroker(server);
    server.on('connection', (socket) => broker.#serve(socket, handle));
    return broker;
  }

  /** Connections that stand, or that the client has not closed yet. */
  get standing(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: net.Socket, handle: (request: WireRequest) => void): void {
    const connection = ++this.connections;
    let buffered = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (data) => {
      buffered = Buffer.concat([buffered, data]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const request = buffered.subarray(4, 4 + buffered.readInt32BE(0));
        buffered = buffered.subarray(4 + buffered.readInt32BE(0));
        const clientIdEnd = 10 + request.readInt16BE(8);
        const framed = (body: Buffer) => {
          const frame = Buffer.alloc(8 + body.length);
          frame.writeInt32BE(4 + body.length, 0);
          frame.writeInt32BE(request.readInt32BE(4), 4);
          body.copy(frame, 8);
          return frame;
        };
        handle({
          apiKey: request.readInt16BE(0),
          apiVersion: request.readInt16BE(2),
          clientId: request.toString('utf8', 10, clientIdEnd),
          body: request.subarray(clientIdEnd),
          connection,
          reply: (body) => socket.write(framed(body)),
          replyHalf: (body) => socket.end(framed(body).subarray(0, 6)),
          cut: () => socket.destroy(),
          hangUp: () => socket.end(),
        });
      }
    });
  }
}
