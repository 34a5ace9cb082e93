import { connect, type Socket } from 'node:net';
import type { Message, Protocol } from './message.ts';

/** Sends one request over a connection of its own, which ends with the reply. A server that is away never gets it. */
export function sendAlone<M extends Message>(
  target: { readonly host: string; readonly port: number },
  protocol: Protocol<M>,
  request: M,
  onReply: (reply: M) => void,
): Socket {
  const { requests, replies } = protocol.open();
  for (let at = 0; at < request.bytes.length;) at = requests.advance(request.bytes, at);
  requests.message(request.bytes);
  const socket = connect(target);
  socket.on('error', () => undefined);
  socket.write(request.bytes);
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    let at = 0;
    while (at < chunk.length && !replies.ended) at = replies.advance(chunk, at);
    parts.push(chunk.subarray(0, at));
    if (!replies.ended) return;
    onReply(replies.message(Buffer.concat(parts)));
    socket.destroy();
  });
  return socket;
}
