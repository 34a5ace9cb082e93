// Types of the inner modules of kafkajs 2.2.4 (pinned exactly) that the broker link is built on. Only what is used is declared.

declare module 'kafkajs/src/protocol/encoder.js' {
  /** A growing buffer with the primitive types of the protocol. */
  class Encoder {
    constructor(initialSize?: number);
    readonly buf: Buffer;
    readonly buffer: Buffer;
    size(): number;
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: number): this;
    writeBoolean(value: boolean): this;
    writeString(value: string | null): this;
    writeBytes(value: Buffer | null): this;
    writeBuffer(value: Buffer): this;
    writeUVarInt(value: number): this;
    /** The compact string of flexible versions. */
    writeUVarIntString(value: string | null): this;
    writeEncoder(value: Encoder): this;
    writeArray(values: readonly (Encoder | string | number)[]): this;
  }
  export default Encoder;
}

declare module 'kafkajs/src/network/connection.js' {
  import type { ConnectionOptions } from 'node:tls';
  import type { Socket } from 'node:net';
  import type { SASLOptions } from 'kafkajs';
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  export interface WireRequest {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<Encoder>;
  }
  export interface Logger {
    namespace(): Logger;
    debug(message: string, extra?: object): void;
    info(message: string, extra?: object): void;
    warn(message: string, extra?: object): void;
    error(message: string, extra?: object): void;
  }
  export interface RequestQueue {
    readonly pending: readonly unknown[];
    readonly inflight: ReadonlyMap<number, unknown>;
    scheduleCheckPendingRequests(): void;
  }
  class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      logger: Logger;
      socketFactory: (target: {
        host: string;
        port: number;
        ssl: ConnectionOptions | null;
        onConnect: () => void;
      }) => Socket;
      ssl: ConnectionOptions | null;
      sasl: SASLOptions | null;
      requestTimeout: number;
      connectionTimeout: number;
    });
    readonly requestQueue: RequestQueue;
    readonly socket: Socket | undefined;
    isConnected(): boolean;
    setVersions(versions: Record<number, { minVersion: number; maxVersion: number }>): void;
    setSupportAuthenticationProtocol(supported: boolean): void;
    connect(): Promise<boolean>;
    disconnect(): Promise<boolean>;
    rejectRequests(error: Error): void;
    send<D extends { clientSideThrottleTime: number }, T>(exchange: {
      request: WireRequest;
      response: { decode(payload: Buffer): Promise<D>; parse(decoded: D): Promise<T> };
      requestTimeout?: number;
      logResponseError?: boolean;
    }): Promise<T>;
  }
  export default Connection;
}

declare module 'kafkajs/src/protocol/requests/apiVersions/v2/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: { coordinatorKey: string; coordinatorType: number }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/initProducerId/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: { transactionalId: string; transactionTimeout: number }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/addPartitionsToTxn/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    transactionalId: string;
    producerId: number;
    producerEpoch: number;
    topics: readonly { topic: string; partitions: readonly number[] }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/endTxn/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    transactionalId: string;
    producerId: number;
    producerEpoch: number;
    transactionResult: boolean;
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/listOffsets/v3/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    replicaId: number;
    isolationLevel: number;
    topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/joinGroup/v5/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    protocolType: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/syncGroup/v3/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/describeGroups/v2/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: { groupIds: readonly string[] }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/deleteGroups/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(groupIds: readonly string[]): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/heartbeat/v3/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    groupInstanceId: string | null;
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/leaveGroup/v3/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: { groupId: string; members: readonly { memberId: string }[] }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/offsetCommit/v5/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly {
      topic: string;
      partitions: readonly { partition: number; offset: number; metadata: string }[];
    }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/offsetFetch/v4/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    groupId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number }[] }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/createTopics/v3/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    timeout: number;
    validateOnly: boolean;
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: readonly { name: string; value: string }[];
    }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/deleteTopics/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: { topics: readonly string[]; timeout: number }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/deleteRecords/v1/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    timeout: number;
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: number }[] }[];
  }): WireRequest;
}
declare module 'kafkajs/src/protocol/requests/describeConfigs/v2/request.js' {
  import type { WireRequest } from 'kafkajs/src/network/connection.js';
  export default function request(options: {
    resources: readonly { type: number; name: string; configNames?: readonly string[] }[];
    includeSynonyms: boolean;
  }): WireRequest;
}
