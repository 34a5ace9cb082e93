import { RedisProxy } from '../../faults/proxy/redis-proxy.ts';

/**
 * Stands between a client and Redis and, on demand, loses replies: the request reaches Redis and is executed, then the connection breaks.
 */
export class CuttingProxy {
  readonly #proxy: RedisProxy;
  #stopCutting: () => void = () => undefined;
  cuts = 0;

  private constructor(proxy: RedisProxy) {
    this.#proxy = proxy;
  }

  static async to(redisUrl: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(redisUrl);
    return new CuttingProxy(await RedisProxy.open({ target: { host: hostname, port: Number(port || 6379) } }));
  }

  get url(): string {
    return this.#proxy.url;
  }

  /** Loses the `n`th reply from now on, and cuts the connection there; Infinity = none. */
  cutAfter(n: number): void {
    this.#stopCutting();
    if (n === Infinity) return;
    let left = n;
    const when = (): boolean => {
      if (--left !== 0) return false;
      this.cuts++;
      return true;
    };
    this.#stopCutting = this.#proxy.add({ direction: 'reply', when, action: { kind: 'cut', when: 'before' } });
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }
}
