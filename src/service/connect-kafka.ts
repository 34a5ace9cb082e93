import type { ConnectionOptions } from 'node:tls';
import { systemClock } from '../core/system-clock.ts';
import type { Transport } from '../core/transport.ts';
import { KafkajsLink } from '../kafka/kafkajs-link.ts';
import { KafkaTransport } from '../kafka/kafka-transport.ts';
import type { Config, TlsConfig } from './config/config.ts';

/**
 * A transport to the brokers of the configuration, checked and ready.
 * @param brokers in place of the configured ones
 * @throws BROKER_UNAVAILABLE, BROKER_TOO_OLD
 */
export async function connectKafka(config: Config, brokers = config.kafka.brokers): Promise<Transport> {
  const { clientId, ssl, sasl, connectionTimeoutMs, requestTimeoutMs } = config.kafka;
  const link = new KafkajsLink({
    brokers,
    clientId,
    connectionTimeoutMs,
    requestTimeoutMs,
    ...(ssl === null ? {} : { ssl: tlsOptions(ssl) }),
    ...(sasl === null ? {} : { sasl }),
  });
  const transport = new KafkaTransport(link, systemClock);
  try {
    await transport.start();
  } catch (error) {
    await transport.close();
    throw error;
  }
  return transport;
}

const tlsOptions = ({ ca, cert, key, rejectUnauthorized }: TlsConfig): ConnectionOptions => ({
  rejectUnauthorized,
  ...(ca === null ? {} : { ca }),
  ...(cert === null ? {} : { cert }),
  ...(key === null ? {} : { key }),
});
