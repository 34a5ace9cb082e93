/** Hash slots of a Redis Cluster. */
export const SLOTS = 16_384;

/** The slot of a hash tag: CRC16 (polynomial 0x1021) of its bytes, modulo the slots. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc % SLOTS;
}
