import { RecordBatchBuilder } from './src/kafka/record-batch/encode.ts';
import { readBatch, decodeBatch } from './src/kafka/record-batch/decode.ts';
const keys = Array.from({length:1000},(_, i)=>'key-'+i), vals=Array.from({length:1000},(_, i)=>`{"user":"u${i}","amount":${i*3}.25,"category":"books","at":1700000000${i}}`);
const N = 2_000_000, per=1000;
for (let round=0; round<4; round++) {
  let t=process.hrtime.bigint(); let last: Buffer;
  for (let i=0;i<N/per;i++){ const b=new RecordBatchBuilder({producerId:1,epoch:0,baseSequence:0,transactional:true,compression:'none'}, 128*1024);
    for(let j=0;j<per;j++) b.append(1700000000000+j, keys[j], vals[j], null);
    last=b.build() as Buffer; }
  let ms=Number(process.hrtime.bigint()-t)/1e6; console.log('encode', (N/ms*1000/1e6).toFixed(2),'M/s', last!.length/per);
  t=process.hrtime.bigint(); let s=0;
  for (let i=0;i<N/per;i++){ const h=readBatch(last!,0,{topic:'a',partition:0})!; s+=decodeBatch(last!,0,h,{topic:'a',partition:0},0).count; }
  ms=Number(process.hrtime.bigint()-t)/1e6; console.log('decode', (s/ms*1000/1e6).toFixed(2),'M/s');
}
