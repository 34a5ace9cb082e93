import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { KafkajsLink } from './src/kafka/kafkajs-link.ts';
import { Cluster } from './src/kafka/cluster.ts';
import { KafkaTopicAdmin } from './src/kafka/topic-admin.ts';
import { readBatch } from './src/kafka/record-batch/decode.ts';
const address = readFileSync('/tmp/kw-kafka.addr','utf8');
const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>(r => { setTimeout(r, ms); }) };
const link = new KafkajsLink({ brokers: [address], clientId: 'try' }); const cluster = new Cluster(link, clock); const admin = new KafkaTopicAdmin(cluster);
const T='fix'+Date.now(); await admin.create([{ name: T, partitions: 1, replicationFactor: 1, config: {'retention.ms':'-1'} }]);
execFileSync('java', ['-cp', process.env.HOME + '/.cache/millrace/kafka-60ab54b931ae/*', '/tmp/kwj/S.java', address, T], {stdio:'inherit'});
const n = await cluster.leaderOf(T,0);
for (let offset=0; offset<20;) {
const r = await link.send(n,'Fetch',{maxWaitMs:100,minBytes:1,maxBytes:1e6,topics:[{topic:T,partitions:[{partition:0,offset,maxBytes:1e6}]}]});
const p = r.topics[0].partitions[0]; console.log(JSON.stringify({...p, records: undefined}));
for (let at=0;;) { const h = readBatch(p.records, at, {topic:T,partition:0}); if (!h) break; console.log(h.baseOffset, h.compression, h.isControl, p.records.subarray(at, at+h.sizeInBytes).toString('base64')); at += h.sizeInBytes; offset=h.baseOffset+h.lastOffsetDelta+1; } }
await admin.delete([T]); await link.close();
