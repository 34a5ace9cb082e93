import { z } from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { parseByteSize } from './byte-size.ts';

/**
 * Every setting there is: its name in files, environment and `--set`, its type, default and meaning, and whether it is secret. Loading,
 * printing and the reference page are all made from here. Durations are milliseconds and sizes are bytes once parsed.
 */

interface About {
  /** What a legal value is, to end the sentence "write …". */
  readonly expects?: string;
  /** Never printed. */
  readonly secret?: true;
}
export const about = z.registry<About>();

const text = (expects = 'a text'): z.ZodString => z.string().min(1).register(about, { expects });
const secret = (): z.ZodNullable<z.ZodString> =>
  z.string().min(1).nullable().register(about, { expects: 'a text', secret: true });
const flag = (): z.ZodBoolean => z.boolean().register(about, { expects: 'true or false' });
const whole = (least: number, most: number): z.ZodInt =>
  z
    .int()
    .min(least)
    .max(most)
    .register(about, {
      expects:
        most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`,
    });
const choice = <const T extends readonly string[]>(...values: T): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(values).register(about, { expects: `one of ${values.map((v) => `\`${v}\``).join(', ')}` });
const duration = () =>
  z
    .string()
    .refine((value) => (parseDuration(value) ?? 0) > 0)
    .transform((value) => parseDuration(value)!)
    .register(about, { expects: 'a duration such as `10 s` or `2 minutes`' });
const size = () =>
  z
    .union([z.string(), z.number()])
    .refine((value) => parseByteSize(value) !== null)
    .transform((value) => parseByteSize(value)!)
    .register(about, { expects: 'a size such as `64 MB`' });

const ANY = Number.MAX_SAFE_INTEGER;

const kafka = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s,]+:\d+$/))
    .min(1)
    .register(about, { expects: 'addresses `host:port`, with commas between' })
    .prefault(['localhost:9092'])
    .describe('Brokers to learn the cluster from.'),
  clientId: text().prefault('millrace').describe('Name that brokers see in logs and quotas.'),
  connectionTimeout: duration().prefault('5 s').describe('How long a connection may take to open.'),
  requestTimeout: duration().prefault('8 s').describe('How long a broker may take to answer.'),
  ssl: z.strictObject({
    enabled: flag().prefault(false).describe('Speak TLS with the brokers.'),
    ca: text('a PEM text, e.g. ${file:/path}')
      .nullable()
      .prefault(null)
      .describe('Authorities to trust, PEM; null: those of Node.'),
    certificate: text('a PEM text, e.g. ${file:/path}').nullable().prefault(null).describe('Our certificate, PEM.'),
    key: secret().prefault(null).describe('Its private key, PEM.'),
    verify: flag().prefault(true).describe('Refuse brokers whose certificate does not hold. Only tests turn it off.'),
  }),
  sasl: z.strictObject({
    mechanism: choice('none', 'plain', 'scram-sha-256', 'scram-sha-512').prefault('none').describe('How we log in.'),
    username: text().nullable().prefault(null).describe('Who we log in as.'),
    password: secret().prefault(null).describe('The password for it.'),
  }),
});

const redis = z.strictObject({
  url: text('an address such as `redis://localhost:6379`')
    .regex(/^rediss?:\/\//)
    .register(about, { expects: 'an address such as `redis://localhost:6379`' })
    .prefault('redis://localhost:6379')
    .describe('The Redis that holds the state; rediss:// speaks TLS.'),
  password: secret().prefault(null).describe('Its password, if the address has none.'),
  commandTimeout: duration().prefault('5 s').describe('How long a command may take.'),
});

const state = z.strictObject({
  backend: choice('redis', 'memory')
    .prefault('redis')
    .describe('Where state is kept; memory is rebuilt from the changelog.'),
  cacheSize: size().prefault('256 MB').describe('Memory for cached state of the whole process.'),
});

const http = z.strictObject({
  host: text().prefault('127.0.0.1').describe('Address to listen on.'),
  port: whole(0, 65_535).prefault(8080).describe('Port to listen on; 0 takes any free one.'),
  address: text('an address `host:port`')
    .nullable()
    .prefault(null)
    .describe('Where other instances reach this one; null: host and port as listened on.'),
  token: secret().prefault(null).describe('Bearer token for /api; without one, /api answers loopback only.'),
});

const log = z.strictObject({
  level: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .prefault('info')
    .describe('Least level that is logged.'),
});

export const settingsShape = z.strictObject({
  kafka,
  redis,
  state,
  http,
  log,
  workers: whole(1, 64)
    .prefault(1)
    .describe('Threads that the tasks of a topology are spread over; with 1 they run in the main thread.'),
  maxBatchTime: duration()
    .prefault('5 minutes')
    .describe(
      'With two workers or more: a thread whose batch takes longer is ended, and its tasks go on in a new one.',
    ),
  maxRowsPerTrigger: whole(1, ANY).prefault(50_000).describe('Most rows of one batch of a task.'),
  sessionTimeout: duration().prefault('10 s').describe('How long the group waits for a lost member.'),
  transactionTimeout: duration().prefault('10 s').describe('How long brokers keep a transaction of a lost task open.'),
  transactionsPerSecond: whole(1, ANY).prefault(1_000).describe('Budget of transactions of a topology under load.'),
  replicationFactor: whole(-1, 32_767)
    .refine((n) => n !== 0)
    .register(about, { expects: '-1 (the default of the brokers) or a number of replicas' })
    .prefault(-1)
    .describe('Of internal topics; -1: the default of the brokers.'),
  compression: choice('none', 'gzip', 'snappy', 'lz4', 'zstd')
    .prefault('none')
    .describe('Of the record batches written.'),
  fetchBufferSize: size()
    .prefault('64 MB')
    .describe('Most bytes fetched ahead by the whole process. What does not fit is not fetched.'),
});

export type Settings = z.output<typeof settingsShape>;

/** One setting, found by walking the shape. */
export interface Setting {
  /** Dotted, e.g. `kafka.brokers`. */
  readonly path: string;
  readonly schema: z.ZodType;
  /** As a user would write it. */
  readonly default: unknown;
  readonly doc: string;
  readonly expects: string;
  readonly secret: boolean;
}

/** All settings by path, in the order of the shape. */
export const SETTINGS: ReadonlyMap<string, Setting> = new Map(collect(settingsShape, '').map((s) => [s.path, s]));

function collect(shape: z.ZodObject, prefix: string): Setting[] {
  return Object.entries(shape.shape).flatMap(([key, schema]) => {
    const path = prefix + key;
    if (schema instanceof z.ZodObject) return collect(schema, `${path}.`);
    if (!(schema instanceof z.ZodPrefault)) throw new TypeError(`the setting ${path} has no default`);
    const value = schema.def.innerType as z.ZodType;
    const { expects, secret } = aboutOf(value);
    const doc = schema.description ?? '';
    return [{ path, schema: value, default: schema.def.defaultValue, doc, expects, secret }];
  });
}

function aboutOf(schema: z.ZodType): { expects: string; secret: boolean } {
  const inner = schema instanceof z.ZodNullable ? (schema.def.innerType as z.ZodType) : schema;
  const found = { ...about.get(inner), ...about.get(schema) };
  return { expects: found.expects ?? 'a text', secret: found.secret === true };
}
