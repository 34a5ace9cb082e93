import { FaultProxy, listen, type FaultProxyOptions } from './fault-proxy.ts';
import { KAFKA, type KafkaMessage } from './kafka-protocol.ts';

/**
 * A proxy for one listener of one broker. Names of messages are those of APIs: Produce, EndTxn, … It does not translate addresses: the
 * listener advertises the proxy's.
 */
export class KafkaProxy extends FaultProxy<KafkaMessage> {
  static async open(options: FaultProxyOptions): Promise<KafkaProxy> {
    return new KafkaProxy(await listen(options.port ?? 0), KAFKA, options);
  }
}
