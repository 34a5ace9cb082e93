import type { WireRequest } from 'kafkajs/src/network/connection.js';
import type { ApiName, ApiReply, ApiRequest } from '../api.ts';
import type { WireReader } from './wire-reader.ts';

/** How one API travels: its request on the wire, and the body of its reply. */
export interface Codec<A extends ApiName> {
  request(request: ApiRequest<A>): WireRequest;
  reply(reader: WireReader, request: ApiRequest<A>): DecodedReply<A>;
  /** Longest that the broker may take on purpose before it answers; added to the request timeout. */
  holdMs?(request: ApiRequest<A>): number;
}

export interface DecodedReply<A extends ApiName> {
  readonly throttleMs: number;
  readonly reply: ApiReply<A>;
}
