import { startKafka } from './src/service/local-services/kafka.ts';
import { writeFileSync } from 'node:fs';
const k = await startKafka({ dataDir: '/tmp/kw-kafka', port: 0 } as never);
writeFileSync('/tmp/kw-kafka.addr', k.address);
console.log(k.address);
process.on('SIGTERM', () => { void k.stop().then(() => process.exit(0)); });
setInterval(() => {}, 60000);
