const ZERO = 0x30;
const NINE = 0x39;

/** `"name":` as bytes, to be looked for. */
export function jsonKey(name: string): Buffer {
  return Buffer.from(`"${name}":`);
}

/**
 * The first non-negative whole number that stands behind `key` in the JSON between `start` and `end`;
 * undefined where there is none. No text can pretend to be a key: inside of a JSON string each quote
 * has a backslash before it, so that `"key":` never occurs there.
 */
export function numberBehind(
  key: Buffer,
  bytes: Buffer,
  start: number,
  end: number,
): number | undefined {
  // Behind `end` stands what an earlier read has left.
  const found = bytes.subarray(start, end).indexOf(key);
  if (found < 0) return undefined;
  let at = start + found + key.length;
  if (!isDigit(bytes[at]) || at >= end) return undefined;
  let value = 0;
  for (let digit = bytes[at]; at < end && isDigit(digit); digit = bytes[++at]) {
    value = value * 10 + (digit - ZERO);
  }
  return value;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
