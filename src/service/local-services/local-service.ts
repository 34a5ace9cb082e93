/** A server that this process started, runs for itself and takes along when it ends, however it ends. */
export interface LocalService {
  /** Where clients reach it: `host:port` for Kafka, `redis://host:port` for Redis. */
  readonly address: string;
  readonly port: number;
  /** Its data and its log; the caller's to remove. A server started again on it finds what it had. */
  readonly dataDir: string;
  readonly pid: number;
  /** Asks the server to shut down and waits until it is gone; kills it when it takes longer than ten seconds. */
  stop(): Promise<void>;
  /** Kills the server without a warning, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

export interface LocalServiceOptions {
  /** Created when it is missing. */
  readonly dataDir: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly logger?: LocalServiceLogger;
}

/** Hears what takes long, such as a first download. */
export interface LocalServiceLogger {
  info(message: string): void;
}
