import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeFrame, FrameReader, OPCODE } from "./frames.ts";

/** As a server sends it: not masked. */
function serverFrame(opcode: number, payload: string, isFinal = true): Buffer {
  const masked = encodeFrame(opcode, payload);
  const length = Buffer.byteLength(payload);
  const frame = Buffer.concat([
    masked.subarray(0, masked.length - length - 4),
    Buffer.from(payload),
  ]);
  frame[0] = (isFinal ? 0x80 : 0) | opcode;
  frame[1] = (frame[1] ?? 0) & 0x7f;
  return frame;
}

function readAll(stream: Buffer, cuts: readonly number[]): [number, string][] {
  const heard: [number, string][] = [];
  const reader = new FrameReader((opcode, bytes, start, end) => {
    heard.push([opcode, bytes.toString("utf8", start, end)]);
  });
  // One buffer for all reads, as the sockets of a process have it.
  const shared = Buffer.alloc(stream.length);
  const places = [...new Set([0, ...cuts, stream.length])].sort((one, other) => one - other);
  for (const [index, start] of places.entries()) {
    const end = places[index + 1] ?? stream.length;
    stream.copy(shared, 0, start, end);
    reader.read(shared, end - start);
    shared.fill(0xff);
  }
  return heard;
}

it("hands over every message whole and in order, wherever the network cuts the stream", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ maxLength: 130 }),
          fc.integer({ min: 65_530, max: 65_540 }).map((n) => "x".repeat(n)),
        ),
        { maxLength: 6 },
      ),
      fc.array(fc.nat(1_000), { maxLength: 20 }),
      (texts, shares) => {
        const stream = Buffer.concat(texts.map((text) => serverFrame(OPCODE.text, text)));
        const cuts = shares.map((share) => Math.floor((stream.length * share) / 1_000));
        const expected = texts.map((text) => [OPCODE.text, Buffer.from(text).toString()]);
        expect(readAll(stream, cuts)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

it("joins a message that comes in several frames, with a ping between them", () => {
  const stream = Buffer.concat([
    serverFrame(OPCODE.text, "one ", false),
    serverFrame(OPCODE.ping, "?"),
    serverFrame(OPCODE.continuation, "message"),
  ]);
  expect(readAll(stream, [3, 7])).toEqual([
    [OPCODE.ping, "?"],
    [OPCODE.text, "one message"],
  ]);
});

it("refuses a masked frame, which no server may send", () => {
  const reader = new FrameReader(() => {});
  const frame = encodeFrame(OPCODE.text, "hello");
  expect(() => reader.read(frame, frame.length)).toThrow("mask");
});
