import { FaultProxy, listen, type FaultProxyOptions } from './fault-proxy.ts';
import { REDIS, type RedisMessage } from './redis-protocol.ts';

/** A proxy for one Redis. Names of messages are those of our scripts (apply, load, claim, …), else of commands, in small letters. */
export class RedisProxy extends FaultProxy<RedisMessage> {
  static async open(options: FaultProxyOptions): Promise<RedisProxy> {
    return new RedisProxy(await listen(options.port ?? 0), REDIS, options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }
}
