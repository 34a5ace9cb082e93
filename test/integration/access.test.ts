import kafkajs from 'kafkajs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Access } from '../../src/core/transport.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { startKafka } from '../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { createTopic } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithServices } from '../support/with-services.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;

const GUARDED = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

describeWithServices('access rights on a Kafka that guards them', ['kafka'], () => {
  let dataDir: string;
  let server: LocalService;
  let transport: KafkaTransport;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'millrace-test-'));
    server = await startKafka({ dataDir, port: 0, shortLived: true, settings: GUARDED });
    transport = new KafkaTransport(new KafkajsLink({ brokers: [server.address], clientId: 'test' }), systemClock);
    for (const topic of ['open', 'closed']) await createTopic(transport, topic, 1);
    const admin = new Kafka({ brokers: [server.address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const mayOnlyDescribe = [AclResourceTypes.TOPIC, AclResourceTypes.GROUP].map((resourceType) => ({
      resourceType,
      resourceName: 'closed',
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes.DESCRIBE,
      permissionType: AclPermissionTypes.ALLOW,
      principal: 'User:ANONYMOUS',
      host: '*',
    }));
    await admin.createAcls({ acl: mayOnlyDescribe });
    await admin.disconnect();
  });

  afterAll(async () => {
    await transport.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const accesses = (name: string): Access[] => [
    { kind: 'read', topic: name },
    { kind: 'write', topic: name },
    { kind: 'join', group: name },
  ];

  test.each(accesses('open'))('$kind is granted, and changes nothing', async (access) => {
    await transport.tryAccess(access);
    const bounds = await transport.topics.offsets([{ topic: 'open', partition: 0 }]);
    expect(bounds.get('open-0')).toEqual({ first: 0, lastStable: 0, end: 0 });
    expect(await transport.groupMembers('open')).toEqual([]);
  });

  test.each(accesses('closed'))('$kind is refused', async (access) => {
    // The broker hears of new ACLs a moment after it took them.
    await eventually(() => expect(transport.tryAccess(access)).rejects.toMatchObject({ code: 'NOT_AUTHORIZED' }));
  });
});
