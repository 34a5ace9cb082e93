import { createHash } from 'node:crypto';
import { COMMANDS, nameOf, type Keyspace } from './commands.ts';
import { Refused, Status, type Reply } from './reply.ts';
import { ScriptRunner } from './script-runner.ts';

/**
 * Why a server refuses: it has no memory left (writes that need some), it is a replica (writes), it cannot save (writes), or it still reads
 * its data (everything but INFO). A script is refused at its first such command, never after it has written.
 */
export type Refusal = 'OOM' | 'READONLY' | 'MISCONF' | 'LOADING';

const REFUSALS: Readonly<Record<Refusal, string>> = {
  OOM: "OOM command not allowed when used memory > 'maxmemory'.",
  READONLY: "READONLY You can't write against a read only replica.",
  MISCONF: "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
  LOADING: 'LOADING Redis is loading the dataset in memory',
};

/** All data as it was at one moment. */
export interface Snapshot {
  readonly data: Keyspace;
}

/** Compiled scripts are shared by all servers: they hold nothing between two runs. */
const runner = new ScriptRunner();

/**
 * A Redis server in this process, with hashes and scripts: one command at a time, each at once. It does what Redis does as far as state in
 * it goes, its own mishaps included: those are its methods. Connections to it are `TwinConnection`s.
 */
export class TwinRedis {
  #data: Keyspace = new Map();
  readonly #scripts = new Map<string, string>();
  readonly #connections = new Set<() => void>();
  #refusal: Refusal | null = null;
  #running = true;
  #life = 1;
  #evicted = 0;

  // What clients do

  /**
   * Executes a command, whose name is in lower case. Bytes in the reply are the server's own, not to be changed.
   * @throws Refused
   */
  execute(command: string, args: readonly Buffer[]): Reply {
    if (this.#refusal === 'LOADING' && command !== 'info') throw new Refused(REFUSALS.LOADING);
    switch (command) {
      case 'ping':
        if (this.#refusal === 'MISCONF') throw new Refused(REFUSALS.MISCONF);
        return new Status('PONG');
      case 'info':
        return Buffer.from(this.#info(args.length === 0 ? null : nameOf(args[0]).toLowerCase()));
      case 'eval':
        this.#remember(args[0].toString());
        return this.#runScript(args[0].toString(), args);
      case 'evalsha': {
        const script = this.#scripts.get(nameOf(args[0]).toLowerCase());
        if (script === undefined) throw new Refused('NOSCRIPT No matching script. Please use EVAL.');
        return this.#runScript(script, args);
      }
      case 'script':
        return this.#onScripts(args);
      case 'flushall':
        this.flushAll();
        return new Status('OK');
      default:
        return this.#onData(command, args, true);
    }
  }

  /**
   * Accepts a connection.
   * @param onBroken called once, when the server breaks it
   * @returns what the client calls when it ends the connection; null when no server is there
   */
  accept(onBroken: () => void): (() => void) | null {
    if (!this.#running) return null;
    this.#connections.add(onBroken);
    return () => this.#connections.delete(onBroken);
  }

  /** Another number for each life of the server: what was sent to an earlier one never reaches it. */
  get life(): number {
    return this.#life;
  }

  // What befalls it

  /** Everything is deleted; the server lives on. */
  flushAll(): void {
    this.#data.clear();
  }

  /** The server forgets the scripts that it knows by their digests. */
  flushScripts(): void {
    this.#scripts.clear();
  }

  /** A bucket goes to make room, as it does where eviction is allowed: `evicted_keys` tells. False when there is no such key. */
  evict(key: string): boolean {
    const found = this.delete(key);
    if (found) this.#evicted++;
    return found;
  }

  /** A key is deleted by somebody; nothing tells. False when there is no such key. */
  delete(key: string): boolean {
    return this.#data.delete(nameOf(Buffer.from(key)));
  }

  /** From now on commands are refused; null = no more. */
  refuse(refusal: Refusal | null): void {
    this.#refusal = refusal;
  }

  snapshot(): Snapshot {
    return { data: copyOf(this.#data) };
  }

  /** A replica that is as far behind as the snapshot takes over: connections break, and another server answers from now on. */
  rollBack(snapshot: Snapshot): void {
    this.stop();
    this.#data = copyOf(snapshot.data);
    this.start();
  }

  /** Stops and comes back at once, as another process, with its data or with none. */
  restart(options: { readonly keepData: boolean }): void {
    this.stop();
    if (!options.keepData) this.flushAll();
    this.start();
  }

  /** Connections break, new ones are refused. The data stays where it is. */
  stop(): void {
    this.#running = false;
    this.#life++;
    this.#scripts.clear();
    this.#evicted = 0;
    this.breakConnections();
  }

  start(): void {
    this.#running = true;
  }

  /** Breaks every connection, as CLIENT KILL does. */
  breakConnections(): void {
    const broken = [...this.#connections];
    this.#connections.clear();
    for (const onBroken of broken) onBroken();
  }

  // What it holds

  /** Names of all keys. */
  keys(): string[] {
    return [...this.#data.keys()].map(readable);
  }

  /** Every hash: its fields and values. */
  contents(): ReadonlyMap<string, ReadonlyMap<string, Buffer>> {
    const hashes = [...this.#data].map(([key, hash]): [string, ReadonlyMap<string, Buffer>] => [
      readable(key),
      new Map([...hash].map(([field, value]) => [readable(field), Buffer.from(value)])),
    ]);
    return new Map(hashes);
  }

  /** Returns the digest that it is known by from now on. */
  #remember(script: string): string {
    const digest = createHash('sha1').update(script).digest('hex');
    this.#scripts.set(digest, script);
    return digest;
  }

  #onScripts([subcommand, script]: readonly Buffer[]): Reply {
    switch (nameOf(subcommand).toLowerCase()) {
      case 'load':
        return Buffer.from(this.#remember(script.toString()));
      case 'flush':
        this.flushScripts();
        return new Status('OK');
      default:
        throw new Refused(`ERR unknown subcommand '${nameOf(subcommand)}'`);
    }
  }

  #runScript(script: string, [, keyCount, ...rest]: readonly Buffer[]): Reply {
    const keys = Number(nameOf(keyCount));
    let hasWritten = false;
    return runner.run(script, rest.slice(0, keys), rest.slice(keys), (command, args) => {
      const reply = this.#onData(command, args, !hasWritten);
      hasWritten ||= COMMANDS.get(command)!.writes;
      return reply;
    });
  }

  #onData(name: string, args: readonly Buffer[], mayBeRefused: boolean): Reply {
    const command = COMMANDS.get(name);
    if (command === undefined) throw new Refused(`ERR unknown command '${name}'`);
    if (args.length < command.atLeast) throw new Refused(`ERR wrong number of arguments for '${name}' command`);
    const refused = this.#refusal !== null && (this.#refusal === 'OOM' ? command.grows : command.writes);
    if (refused && mayBeRefused) throw new Refused(REFUSALS[this.#refusal!]);
    return command.run(this.#data, args);
  }

  #info(section: string | null): string {
    const sections: Readonly<Record<string, readonly string[]>> = {
      server: ['redis_version:7.0.15', `run_id:${this.#life.toString(16).padStart(40, '0')}`],
      memory: ['maxmemory:0', 'maxmemory_policy:noeviction'],
      persistence: [`loading:${this.#refusal === 'LOADING' ? 1 : 0}`],
      stats: [`evicted_keys:${this.#evicted}`],
      replication: [`role:${this.#refusal === 'READONLY' ? 'slave' : 'master'}`],
    };
    const shown = Object.entries(sections).filter(([name]) => section === null || name === section);
    return shown.map(([name, lines]) => [`# ${name}`, ...lines, ''].join('\r\n')).join('\r\n');
  }
}

const readable = (name: string): string => Buffer.from(name, 'latin1').toString();

/** Values are never changed in place, so that they may be shared. */
const copyOf = (data: Keyspace): Keyspace => new Map([...data].map(([key, hash]) => [key, new Map(hash)]));
