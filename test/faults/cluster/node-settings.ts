/** Where a node is: ports for controllers and brokers among themselves (and us), and one for each worker slot. */
export interface NodePlace {
  readonly id: number;
  readonly host: string;
  readonly broker: number;
  readonly controller: number;
  /** By slot: where the node listens for the slot's proxy. */
  readonly slots: readonly number[];
  /** By slot: the proxy that the node sends the slot's worker to. */
  readonly advertised: readonly number[];
}

/** Of everything that has no host of its own. */
export const HOST = '127.0.0.1';

/**
 * What makes a node one of several that keep three copies of everything and take a write when two have it. A worker that asks through the
 * listener of its slot is told the addresses of its own proxies only, so all of its traffic passes them.
 */
export function nodeSettings(node: NodePlace, nodes: readonly NodePlace[]): Record<string, string> {
  const slots = node.slots.map((port, slot) => ({ name: `SLOT${slot}`, port, advertised: node.advertised[slot] }));
  const broker = `PLAINTEXT://${node.host}:${node.broker}`;
  const copies = String(Math.min(3, nodes.length));
  const least = String(Math.min(2, nodes.length));
  return {
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, host, controller }) => `${id}@${host}:${controller}`).join(','),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...slots.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    listeners: [
      broker,
      `CONTROLLER://${node.host}:${node.controller}`,
      ...slots.map(({ name, port }) => `${name}://${node.host}:${port}`),
    ].join(','),
    'advertised.listeners': [broker, ...slots.map(({ name, advertised }) => `${name}://${HOST}:${advertised}`)].join(
      ',',
    ),
    'default.replication.factor': copies,
    'min.insync.replicas': least,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': least,
    // Threads are started for each listener, and there are many listeners and few processors.
    'num.network.threads': '1',
    'num.io.threads': '4',
    // A pause of the machine is not to be the death of a broker.
    'broker.session.timeout.ms': '5000',
    'replica.lag.time.max.ms': '10000',
    // After a fault leadership comes back by itself, so that the next one meets the same picture.
    'auto.leader.rebalance.enable': 'true',
    'leader.imbalance.check.interval.seconds': '10',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    // Compaction is held back by the topics; where they ask for it, it comes soon.
    'log.cleaner.backoff.ms': '1000',
  };
}
