/** 32 bits of a message's place, identity and state, mixed so that sums of them do not cancel out. */
export function fingerprint(seq: number, key: number, state: number): number {
  let mixed = Math.imul(seq, 0x9e37_79b1) ^ Math.imul(key % 2 ** 32, 0x85eb_ca6b) ^ state;
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ Math.floor(key / 2 ** 32), 0x2c1b_3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a_2d39);
  return mixed ^ (mixed >>> 15);
}
