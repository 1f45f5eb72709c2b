/** The first half byte of a frame's first byte: this is the whole message. */
const FINAL = 0x80;
const MASKED = 0x80;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;
const MASK_BYTES = 4;
/** No server that we load sends more in one message. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** `bytes` from `start` to `end` are the message; they are good until the call returns. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts what a server sends into websocket messages. A read that holds whole frames is handed over in
 * place, however many there are: only what is split between two reads is copied.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest has not come yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = 2;
  #fragments: Buffer[] = [];
  #fragmentsOpcode: number = OPCODE.text;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Throws on what no server may send. `bytes` may be used again after the call. */
  read(bytes: Buffer, end: number): void {
    if (this.#pendingBytes === 0) {
      this.#keep(bytes.subarray(this.#cut(bytes, end), end));
      return;
    }
    this.#keep(bytes.subarray(0, end));
    if (this.#pendingBytes < this.#neededBytes) return;
    const joined = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#keep(joined.subarray(this.#cut(joined, joined.length)));
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#pending.push(Buffer.from(rest));
    this.#pendingBytes += rest.length;
  }

  /** Returns where the first frame begins that is not whole. */
  #cut(bytes: Buffer, end: number): number {
    let at = 0;
    while (end - at >= 2) {
      const headerBytes = headerBytesOf(bytes, at);
      this.#neededBytes = headerBytes;
      if (end - at < headerBytes) return at;
      const length = lengthOf(bytes, at);
      if (length > MESSAGE_BYTES_MAX) throw new Error(`a frame of ${length} bytes`);
      this.#neededBytes = headerBytes + length;
      const start = at + headerBytes;
      if (end - start < length) return at;
      this.#take(bytes, at, start, start + length);
      at = start + length;
    }
    this.#neededBytes = 2;
    return at;
  }

  #take(bytes: Buffer, at: number, start: number, end: number): void {
    const first = bytes[at] ?? 0;
    const opcode = first & 0x0f;
    const isFinal = (first & FINAL) !== 0;
    if (isFinal && opcode !== OPCODE.continuation) {
      this.#onFrame(opcode, bytes, start, end);
      return;
    }
    if (opcode !== OPCODE.continuation) this.#fragmentsOpcode = opcode;
    this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
    if (!isFinal) return;
    const message = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#onFrame(this.#fragmentsOpcode, message, 0, message.length);
  }
}

function headerBytesOf(bytes: Buffer, at: number): number {
  const second = bytes[at + 1] ?? 0;
  if (second & MASKED) throw new Error("a server must not mask its frames");
  if (second === LENGTH_16_BITS) return 4;
  return second === LENGTH_64_BITS ? 10 : 2;
}

function lengthOf(bytes: Buffer, at: number): number {
  const second = bytes[at + 1] ?? 0;
  if (second === LENGTH_16_BITS) return bytes.readUInt16BE(at + 2);
  if (second !== LENGTH_64_BITS) return second;
  return bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
}

/**
 * One whole frame of a client. Its mask is all zeros, which the standard allows to whoever is no
 * browser, and which leaves the payload as it is: masking would be the generator's work alone.
 */
export function encodeFrame(opcode: number, payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const lengthBytes = length < LENGTH_16_BITS ? 0 : length < 2 ** 16 ? 2 : 8;
  const start = 2 + lengthBytes + MASK_BYTES;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = FINAL | opcode;
  if (lengthBytes === 0) frame[1] = MASKED | length;
  if (lengthBytes === 2) {
    frame[1] = MASKED | LENGTH_16_BITS;
    frame.writeUInt16BE(length, 2);
  }
  if (lengthBytes === 8) {
    frame[1] = MASKED | LENGTH_64_BITS;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  frame.fill(0, start - MASK_BYTES, start);
  frame.write(payload, start, "utf8");
  return frame;
}
