import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/** What an operator may do to topics while a topology runs. The product has no need of it, so it is kafkajs's own client that asks. */
export class TopicChanges {
  readonly #admin: Admin;
  #connected: Promise<void> | null = null;

  constructor(brokers: readonly string[]) {
    this.#admin = new Kafka({ brokers: [...brokers], clientId: 'faults-operator', logLevel: logLevel.NOTHING }).admin();
  }

  /** Adds partitions up to `count`. */
  async grow(topic: string, count: number): Promise<void> {
    await this.#connect();
    await this.#admin.createPartitions({ topicPartitions: [{ topic, count }] });
  }

  /** Sets these settings of the topic; all others go back to their defaults, as the old request does. */
  async configure(topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await this.#connect();
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
    await this.#admin.alterConfigs({ validateOnly: false, resources });
  }

  /** Puts the copies of each partition on these nodes; the first is the one that is to lead. Copying goes on after this has resolved. */
  async place(topic: string, replicas: ReadonlyMap<number, readonly number[]>): Promise<void> {
    await this.#connect();
    const partitionAssignment = [...replicas].map(([partition, nodes]) => ({ partition, replicas: [...nodes] }));
    await this.#admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
  }

  async close(): Promise<void> {
    if (this.#connected !== null) await this.#admin.disconnect();
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#admin.connect();
    return this.#connected;
  }
}
