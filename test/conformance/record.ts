import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { Client } from './client.ts';
import { transcribe } from './script.ts';
import { SCRIPTS } from './scripts.ts';
import { wallClock } from './wall-clock.ts';

/**
 * Asks a real Kafka all the scripts and writes its answers down as what is expected of every broker:
 * `node test/conformance/record.ts localhost:9092 [script ...]`
 */
const [brokers, ...chosen] = process.argv.slice(2);
const link = new KafkajsLink({ brokers: [brokers], clientId: 'conformance' });
for (const name of chosen.length > 0 ? chosen : Object.keys(SCRIPTS)) {
  const transcript = await transcribe(SCRIPTS[name], new Client(link, wallClock, randomUUID().slice(0, 8)));
  await writeFile(new URL(`expected/${name}.json`, import.meta.url), `${JSON.stringify(transcript, null, 2)}\n`);
  console.log(name);
}
await link.close();
