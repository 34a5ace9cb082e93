import type { Settings } from './settings.ts';

/** The configuration of a process: complete, checked and frozen. Null means "none", never "default". */
export interface Config {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly clientId: string;
    readonly connectionTimeoutMs: number;
    readonly requestTimeoutMs: number;
    readonly ssl: TlsConfig | null;
    readonly sasl: SaslConfig | null;
  };
  readonly redis: { readonly url: string; readonly password: string | null; readonly commandTimeoutMs: number };
  readonly state: { readonly backend: 'redis' | 'memory'; readonly cacheBytes: number };
  /** Threads that the tasks of a topology are spread over; 1 = they run in the main thread. */
  readonly workers: number;
  readonly maxBatchTimeMs: number;
  readonly http: {
    readonly host: string;
    /** 0 = any free one. */
    readonly port: number;
    /** Where others reach us; null = host and port as listened on. */
    readonly address: string | null;
    readonly token: string | null;
  };
  readonly log: { readonly level: Settings['log']['level'] };
  /** What every topology runs with. */
  readonly defaults: {
    readonly maxRowsPerTrigger: number;
    readonly sessionTimeoutMs: number;
    readonly transactionTimeoutMs: number;
    readonly transactionsPerSecond: number;
    /** -1 = the brokers' default. */
    readonly replicationFactor: number;
    readonly compression: Settings['compression'];
    readonly fetchBufferBytes: number;
  };
}

/** PEM texts; null = Node's own authorities, or no client certificate. */
export interface TlsConfig {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly rejectUnauthorized: boolean;
}

export interface SaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** The settings as the rest of the program wants them. Their combinations have been checked. */
export function toConfig(settings: Settings): Config {
  const { kafka, redis, state, http, log } = settings;
  const { ssl, sasl } = kafka;
  return freeze({
    kafka: {
      brokers: kafka.brokers,
      clientId: kafka.clientId,
      connectionTimeoutMs: kafka.connectionTimeout,
      requestTimeoutMs: kafka.requestTimeout,
      ssl: ssl.enabled ? { ca: ssl.ca, cert: ssl.certificate, key: ssl.key, rejectUnauthorized: ssl.verify } : null,
      sasl:
        sasl.mechanism === 'none'
          ? null
          : { mechanism: sasl.mechanism, username: sasl.username ?? '', password: sasl.password ?? '' },
    },
    redis: { url: redis.url, password: redis.password, commandTimeoutMs: redis.commandTimeout },
    state: { backend: state.backend, cacheBytes: state.cacheSize },
    workers: settings.workers,
    maxBatchTimeMs: settings.maxBatchTime,
    http,
    log,
    defaults: {
      maxRowsPerTrigger: settings.maxRowsPerTrigger,
      sessionTimeoutMs: settings.sessionTimeout,
      transactionTimeoutMs: settings.transactionTimeout,
      transactionsPerSecond: settings.transactionsPerSecond,
      replicationFactor: settings.replicationFactor,
      compression: settings.compression,
      fetchBufferBytes: settings.fetchBufferSize,
    },
  });
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
