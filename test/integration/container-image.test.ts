import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { freePort } from '../../src/service/local-services/free-port.ts';
import { baseImage } from '../support/base-image.ts';
import { ENGINE_REMEDY, findContainerEngine } from '../support/container-engine.ts';
import type { ContainerEngine } from '../support/container-engine.ts';
import { createTopic, produce } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { readCommitted } from '../support/read-committed.ts';
import { testTempDir } from '../support/temp-dir.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

/**
 * The image as the Dockerfile makes it, built and run. Its containers share the network of this machine, which only Linux has: elsewhere
 * "localhost" is another machine's.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_TIMEOUT_MS = 900_000;
const IMAGE = uniqueName('millrace-test');

const engine = process.platform === 'linux' ? await findContainerEngine() : null;
if (engine === null) {
  // Unlike a broker, an engine is nothing that every machine can run: a sandbox may forbid it. `.ci/run` does what it can.
  console.warn(`SKIPPED "the image of the service": no container engine on Linux: ${ENGINE_REMEDY}`);
} else {
  console.log(`Container engine of the tests: ${engine.origin}`);
}

const topology = (name: string): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  orders: { topic: ${name}-in, value: { format: json, schema: "country string, amount int" }, partitionedBy: [ country ] }
views:
  totals:
    from: orders
    groupBy: country
    aggregate: sum(amount) as total
sinks:
  totals: { from: totals, topic: ${name}-out, key: country, outputMode: update }
`;

/** What a cautious cluster lets a container do: nothing but compute, talk and write to /tmp. */
const CONFINED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

describe.skipIf(engine === null)('the image of the service', () => {
  // Only ever used in tests that run, and those have one.
  const docker = engine as ContainerEngine;
  const images: string[] = [];

  beforeAll(async () => {
    const base = await baseImage(docker);
    if (base.startsWith('millrace-test')) images.push(base);
    await docker.output(['build', '--network', 'host', '--build-arg', `BASE=${base}`, '--tag', IMAGE, ROOT]);
    images.unshift(IMAGE);
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    if (images.length > 0) await docker.run(['rmi', '--force', ...images]);
    await docker.stop();
  });

  /** A folder with one file to mount, readable for the user of the image. */
  function folderOf(text: string, name = 'topology.yaml'): string {
    const folder = testTempDir();
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, name), text);
    return folder;
  }

  const runOnce = (args: readonly string[], ...command: readonly string[]) =>
    docker.run(['run', '--rm', '--network', 'none', ...CONFINED, ...args, IMAGE, ...command]);

  test('says what it can do', async () => {
    const { exitCode, stdout } = await runOnce([], '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: millrace');
    expect(stdout).toMatch(/^ {2}run .*\[files\.\.\.\]/m);
  });

  test('is a user without a name, runs Node 24, and holds what production needs and no more', async () => {
    const script = `const fs = require('node:fs');
      const has = (path) => fs.existsSync('/app/' + path);
      console.log(JSON.stringify({
        user: [process.getuid(), process.getgid()],
        node: process.versions.node.split('.')[0],
        writable: (() => { try { fs.accessSync('/app', fs.constants.W_OK); return true; } catch { return false; } })(),
        there: ['bin/millrace.js', 'dist/main.js', 'dist/service/ui/index.html', 'schema', 'config/default.yaml', 'node_modules/kafkajs'].filter((p) => !has(p)),
        gone: ['src', 'test', 'node_modules/typescript', 'node_modules/vitest', 'node_modules/node/bin/node', 'config/local-services'].filter(has),
      }));`;
    const { stdout, stderr } = await runOnce(['--entrypoint', 'node'], '-e', script);
    expect(JSON.parse(stdout || stderr)).toEqual({
      user: [65532, 65532],
      node: '24',
      writable: false,
      there: [],
      gone: [],
    });
  });

  test('checks topologies that are mounted into it, and finds what is wrong with them', async () => {
    const sound = await runOnce(['--volume', `${folderOf(topology('sound'))}:/app/topologies:ro`], 'lint');
    expect(sound.exitCode, sound.stderr).toBe(0);
    const wrong = topology('wrong').replace('sum(amount)', 'sum(amout)');
    const refused = await runOnce(['--volume', `${folderOf(wrong)}:/app/topologies:ro`], 'lint');
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout + refused.stderr).toContain('UNRESOLVED_COLUMN');
  });

  test('has the profiles, and reads configuration that is mounted as the chart mounts it', async () => {
    const production = await runOnce(['--env', 'MILLRACE_PROFILE=production'], 'config', 'print');
    expect(production.stdout).toContain('replicationFactor: 3\n');
    const mounted = `${folderOf('replicationFactor: 2\n', 'default.yaml')}:/etc/millrace/config:ro`;
    const own = await runOnce(['--volume', mounted], 'config', 'print', '--config-dir', '/etc/millrace/config');
    expect(own.stdout).toContain('replicationFactor: 2\n');
  });

  test('without topologies says where they belong', async () => {
    const { exitCode, stderr } = await runOnce([]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no file or folder topologies');
  });

  describeWithServices('on a real Kafka and Redis', ['kafka', 'redis'], ({ kafka, redis }) => {
    test('runs by default: processes records, answers probes, is healthy, and ends with 0 when it is told to', async () => {
      const name = uniqueName('image');
      const port = await freePort();
      const transport = new KafkaTransport(new KafkajsLink({ brokers: [kafka], clientId: 'test' }), systemClock);
      onTestFinished(() => transport.close());
      await createTopic(transport, `${name}-in`, 2);
      await createTopic(transport, `${name}-out`, 1);
      const order = (country: string, amount: number) => ({ key: country, value: JSON.stringify({ country, amount }) });
      await produce(transport, `${name}-in`, [order('NL', 3), order('DE', 5), order('NL', 4)]);

      const settings = { KAFKA__BROKERS: kafka, REDIS__URL: redis, HTTP__PORT: port };
      const environment = Object.entries(settings).flatMap(([key, value]) => ['--env', `MILLRACE_${key}=${value}`]);
      const mount = ['--volume', `${folderOf(topology(name))}:/app/topologies:ro`];
      await docker.output([
        'run',
        '--detach',
        '--name',
        name,
        '--network',
        'host',
        ...CONFINED,
        ...environment,
        ...mount,
        IMAGE,
      ]);
      onTestFinished(async () => {
        await docker.run(['rm', '--force', name]);
      });
      const stateOf = async (): Promise<{ Status: string; ExitCode: number; Health: { Status: string } }> =>
        JSON.parse(await docker.output(['inspect', '--format', '{{json .State}}', name])) as never;
      const logs = async (): Promise<string> => {
        const { stdout, stderr } = await docker.run(['logs', name]);
        return stdout + stderr;
      };

      const url = `http://127.0.0.1:${port}`;
      await eventually(
        async () => {
          expect((await stateOf()).Status, await logs()).toBe('running');
          expect((await fetch(`${url}/readyz`)).status).toBe(200);
          const metrics = await (await fetch(`${url}/metrics`)).text();
          expect(metrics).toContain(`millrace_source_records_total{topology="${name}",source="orders"} 3`);
        },
        { timeout: 60_000 },
      );
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      const totals = (await readCommitted(kafka, `${name}-out`)).map(({ value }) => JSON.parse(value ?? '') as unknown);
      expect(totals).toContainEqual({ country: 'NL', total: 7 });
      expect(totals).toContainEqual({ country: 'DE', total: 5 });
      await eventually(async () => expect((await stateOf()).Health.Status).toBe('healthy'), { timeout: 60_000 });

      await docker.output(['stop', '--time', '30', name]);
      const { Status, ExitCode } = await stateOf();
      expect({ Status, ExitCode }, await logs()).toEqual({ Status: 'exited', ExitCode: 0 });
    });
  });
});
