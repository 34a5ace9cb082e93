import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { KafkajsLink } from './src/kafka/kafkajs-link.ts';
import { Cluster } from './src/kafka/cluster.ts';
import { KafkaTopicAdmin } from './src/kafka/topic-admin.ts';
import { RecordBatchBuilder } from './src/kafka/record-batch/encode.ts';
import { readHeaders } from './src/kafka/record-batch/decode.ts';
import { readRange } from './src/kafka/range-reader.ts';
import { KafkaFetcher } from './src/kafka/fetcher.ts';
import type { Compression } from './src/kafka/record-batch/compression.ts';
const address = readFileSync('/tmp/kw-kafka.addr','utf8');
const clock = { now: () => Date.now(), sleep: (ms: number, s?: AbortSignal) => new Promise<void>(r => { const t=setTimeout(r, ms); s?.addEventListener('abort', () => {clearTimeout(t); r();}); }) };
const link = new KafkajsLink({ brokers: [address], clientId: 'try' });
const cluster = new Cluster(link, clock);
await cluster.start(); console.log('started', await cluster.brokers());
const admin = new KafkaTopicAdmin(cluster);
const run = Date.now().toString(36); const T = 't-' + run, J = 'j-' + run, C = 'c-'+run;
await admin.create([{ name: T, partitions: 1, replicationFactor: -1, config: { 'retention.ms': '-1' } }, { name: J, partitions: 1, replicationFactor: 1, config: {'retention.ms':'-1'} }, { name: C, partitions: 3, replicationFactor: 1, config: {'cleanup.policy':'compact', 'retention.ms':'-1'} }]);
await admin.create([{ name: T, partitions: 1, replicationFactor: -1, config: { } }]);
console.log(await admin.describe([T, J, 'nope']), (await admin.config(T)).get('retention.ms'), (await admin.config(C)).get('cleanup.policy'));
try { await admin.config('nope'); } catch (e) { console.log(String(e)); }
try { await admin.create([{name:'x y', partitions:1, replicationFactor:1, config:{}}]); } catch (e) { console.log(String(e)); }
try { await cluster.leaderOf(T, 7).catch(e => {console.log(String(e))}); } catch {}
const node = await cluster.leaderOf(T, 0);
const txn = 'x-' + run; 
const co = await cluster.coordinatorOf('transaction', txn);
let init = await link.send(co, 'InitProducerId', { transactionalId: txn, transactionTimeoutMs: 10000 });
for (let i = 0; init.errorCode !== 0 && i < 100; i++) { await clock.sleep(50); init = await link.send(co, 'InitProducerId', { transactionalId: txn, transactionTimeoutMs: 10000 }); }
console.log('init', init); let seq = 0;
for (const [i, c] of (['none', 'gzip', 'snappy', 'lz4', 'zstd', 'lz4'] as Compression[]).entries()) {
  for (;;) { const r = await link.send(co, 'AddPartitionsToTxn', { transactionalId: txn, producerId: init.producerId, epoch: init.epoch, topics: [{ topic: T, partitions: [0] }] }); const e = r.topics[0].partitions[0].errorCode; if (e === 0) break; if (e !== 51) throw new Error('add ' + e); await clock.sleep(3); }
  const b = new RecordBatchBuilder({ producerId: init.producerId, epoch: init.epoch, baseSequence: seq, transactional: true, compression: c });
  for (let j = 0; j < 500; j++) b.append(1700000000000 + j - (j%3)*10, j % 5 === 0 ? null : `${c}-${j}`, j % 9 === 0 ? null : `wert ü ${j} ` + 'y'.repeat(j % 200), [['a', 'b'], ['n', null]]);
  seq += 500;
  const r = await link.send(node, 'Produce', { transactionalId: txn, timeoutMs: 5000, topics: [{ topic: T, partitions: [{ partition: 0, batch: await b.build() }] }] });
  console.log(c, JSON.stringify(r));
  console.log('end', await link.send(co, 'EndTxn', { transactionalId: txn, producerId: init.producerId, epoch: init.epoch, commit: i !== 5 }));
}
await clock.sleep(100);
console.log(await admin.offsets([{ topic: T, partition: 0 }]), await admin.offsetsAt([{topic:T,partition:0}], 1700000000400), await admin.offsetsAt([{topic:T,partition:0}], 1900000000400));
const lib = process.env.HOME + '/.cache/millrace/kafka-60ab54b931ae/*';
const java = (...args: string[]) => execFileSync('java', ['-cp', lib, '/tmp/kwj/J.java', ...args], { maxBuffer: 1e9, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
const ours = async (topic: string, to: number) => { const out: string[] = []; for await (const c of readRange(cluster, { topic, partition: 0 }, 0, to)) for (let i = 0; i < c.count; i++) { const s = (a: Int32Array, b: Int32Array) => a[i] < 0 ? 'null' : c.bytes.toString('utf8', a[i], b[i]); out.push(`${c.offsets[i]} ${c.timestamps[i]} ${s(c.keyStart, c.keyEnd)} ${s(c.valueStart, c.valueEnd)} ${readHeaders(c, i).map(([n, v]) => `${n}=${v === null ? 'null' : v.toString()};`).join('')}`); } return out.join('\n') + '\n'; };
const o = (await admin.offsets([{ topic: T, partition: 0 }])).get(`${T}-0`)!;
const mine = await ours(T, o.lastStable); const theirs = java('consume', address, T);
console.log('same as java on ours:', mine === theirs, mine.split('\n').length, theirs.split('\n').length);
java('produce', address, J);
const oj = (await admin.offsets([{ topic: J, partition: 0 }])).get(`${J}-0`)!; console.log(oj);
const m2 = await ours(J, oj.lastStable), t2 = java('consume', address, J); console.log('same on java:', m2 === t2, m2.split('\n').length, t2.split('\n').length, t2.slice(0,200));
await admin.deleteRecords([{ topic: J, partition: 0, offset: 100 }]); console.log(await admin.offsets([{ topic: J, partition: 0 }]));
// fetcher
const fetcher = new KafkaFetcher(cluster, { maxBufferedBytes: 32e6, onError: (tp, e) => console.log('onError', tp, String(e)) });
const rd = fetcher.open({ topic: J, partition: 0 }, 100); const bad = fetcher.open({ topic: C, partition: 0 }, 99); const r3 = fetcher.open({topic:T,partition:0}, 0);
let got = 0, aborted = 0; rd.onProgress = () => { for (let c; (c = rd.shift());) got += c.count; };
r3.onProgress = () => { for (let c; (c = r3.shift());) aborted += c.count; };
await clock.sleep(1500); console.log('fetched', got, rd.position, rd.highWatermark, rd.lastStableOffset, 'T', aborted, r3.position, r3.highWatermark, bad.position);
// latency
const lat: number[] = []; const c1 = fetcher.open({ topic: C, partition: 1 }, 0); let arrived: (() => void) | null = null; c1.onProgress = () => { while (c1.shift()); arrived?.(); };
for (let i = 0; i < 50; i++) { const b = new RecordBatchBuilder({ producerId: -1, epoch: -1, baseSequence: -1, transactional: false, compression: 'none' }); b.append(Date.now(), 'k', 'v', null); const t = performance.now(); const p = new Promise<void>(r => arrived = r); await link.send(node, 'Produce', { transactionalId: null, timeoutMs: 5000, topics: [{ topic: C, partitions: [{ partition: 1, batch: await b.build() }] }] }); await p; lat.push(performance.now() - t); await clock.sleep(10); }
lat.sort((a, b) => a - b); console.log('produce->fetched p50', lat[25].toFixed(2), 'p98', lat[48].toFixed(2));
const cpu = process.cpuUsage(); await clock.sleep(3000); const used = process.cpuUsage(cpu); console.log('idle cpu ms in 3 s', (used.user + used.system) / 1000);
await fetcher.close();
const B = 'b-' + run; await admin.create([{ name: B, partitions: 1, replicationFactor: 1, config: {'retention.ms':'-1'} }]);
const nb = await cluster.leaderOf(B, 0); let t0 = performance.now(); const N = 1_500_000;
const vals = Array.from({ length: 1000 }, (_, i) => `{"user":"u${i}","amount":${i * 3}.25,"category":"books"}`);
{ let sent = 0; const queue: Promise<unknown>[] = []; while (sent < N) { const b = new RecordBatchBuilder({ producerId: -1, epoch: -1, baseSequence: -1, transactional: false, compression: 'none' }, 1<<20); for (let j = 0; j < 10000; j++) b.append(1700000000000 + j, 'key-' + j, vals[j % 1000], null); sent += 10000; const batch = await b.build(); queue.push(link.send(nb, 'Produce', { transactionalId: null, timeoutMs: 5000, topics: [{ topic: B, partitions: [{ partition: 0, batch }] }] }).then(r => { if (r.topics[0].partitions[0].errorCode) throw new Error('x'); })); if (queue.length >= 3) await queue.shift(); } await Promise.all(queue); }
let s = (performance.now() - t0) / 1000; console.log('produce', (N / s / 1e3).toFixed(0), 'k/s');
for (let k = 0; k < 2; k++) { t0 = performance.now(); const cp = process.cpuUsage(); let n = 0; for await (const c of readRange(cluster, { topic: B, partition: 0 }, 0, N)) n += c.count; s = (performance.now() - t0) / 1000; const u = process.cpuUsage(cp); console.log('readRange', n, (n / s / 1e3).toFixed(0), 'k/s', ((u.user+u.system)/n).toFixed(2), 'cpu-s per M'); }
{ const f = new KafkaFetcher(cluster, { maxBufferedBytes: 32e6, onError: (tp, e) => console.log('onError', tp, String(e)) }); t0 = performance.now(); let n = 0; const r = f.open({ topic: B, partition: 0 }, 0); await new Promise<void>(done => { r.onProgress = () => { for (let c; (c = r.shift());) n += c.count; if (n >= N) done(); }; }); s = (performance.now() - t0) / 1000; console.log('fetcher', n, (n / s / 1e3).toFixed(0), 'k/s'); await f.close(); }
await admin.delete([T, J, C, B]); 
await link.close(); console.log('closed');
