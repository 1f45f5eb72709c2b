import type { Socket } from "socket.io";
import type { Clock } from "../clock.ts";

/** What may wait for one socket before it is cut off: it comes back and fetches. */
export const BACKLOG_BYTES_MAX = 1024 * 1024;
export const BACKLOG_PACKETS_MAX = 1_000;
/**
 * Between two looks a backlog may grow to this many times as much; then it is cut on the spot. One
 * large answer is not a backlog: it may be written to a socket for which nothing waits.
 */
const FLOODED_TIMES = 8;
/** A reader who takes less than this between two looks, with so much waiting, will never be done. */
const PROGRESS_BYTES_MIN = 64 * 1024;
/** The parting word needs a reader; a socket that reads nothing is ended without. */
const TERMINATE_AFTER_MS = 2_000;

/** What we use of engine.io's and ws's inside; a test holds it to the installed versions. */
type EnginePacket = {
  data?: string | Buffer;
  options?: { wsPreEncodedFrame?: readonly Buffer[] };
};
type EngineConnection = {
  writeBuffer: readonly EnginePacket[];
  transport: { writable: boolean; socket?: { bufferedAmount: number; terminate(): void } };
  on(event: "packetCreate", listener: (packet: EnginePacket) => void): void;
  on(event: "flush", listener: () => void): void;
};

/**
 * What waits for one socket, in two places: what ws has been handed and the kernel has not taken
 * (`bufferedAmount`), and, as engine.io hands over nothing more until that is gone, what engine.io
 * keeps (`writeBuffer`), whose bytes nobody else counts.
 */
export class Backlog {
  readonly #connection: EngineConnection;
  readonly #onFlooded: () => void;
  #keptBytes = 0;
  #isFlooded = false;
  /** At the last look, if it was over the limit then. */
  #overBytes: number | undefined;

  /** `onFlooded` is called once, and not before the packet that is being made has been taken. */
  constructor(socket: Pick<Socket, "conn">, onFlooded: () => void) {
    this.#connection = socket.conn as unknown as EngineConnection;
    this.#onFlooded = onFlooded;
    this.#connection.on("packetCreate", (packet) => this.#keep(packet));
    this.#connection.on("flush", () => {
      this.#keptBytes = 0;
    });
  }

  get bytes(): number {
    return this.#keptBytes + (this.#connection.transport.socket?.bufferedAmount ?? 0);
  }

  get packets(): number {
    return this.#connection.writeBuffer.length;
  }

  /** Asked at every look: over the limit, as it was at the look before, and not getting less. */
  isSlow(): boolean {
    const { bytes, packets } = this;
    const before = this.#overBytes;
    const isOver = bytes > BACKLOG_BYTES_MAX || packets > BACKLOG_PACKETS_MAX;
    this.#overBytes = isOver ? bytes : undefined;
    return isOver && before !== undefined && bytes > before - PROGRESS_BYTES_MIN;
  }

  /** Ends a closing socket that does not read what still waits for it. */
  terminateLater(clock: Pick<Clock, "after">): void {
    terminateLater(this.#connection, clock);
  }

  #keep(packet: EnginePacket): void {
    // Handed on at once: costs nothing here, which is what nearly all packets must cost.
    if (this.#connection.transport.writable) return;
    this.#keptBytes += bytesOf(packet);
    if (this.#isFlooded) return;
    this.#isFlooded =
      this.packets >= FLOODED_TIMES * BACKLOG_PACKETS_MAX ||
      this.bytes > FLOODED_TIMES * BACKLOG_BYTES_MAX;
    if (this.#isFlooded) process.nextTick(this.#onFlooded);
  }
}

/** Ends a closing connection that does not read what still waits for it. */
export function terminateLater(connection: object, clock: Pick<Clock, "after">): void {
  const webSocket = (connection as EngineConnection).transport.socket;
  clock.after(TERMINATE_AFTER_MS, () => webSocket?.terminate());
}

function bytesOf({ data, options }: EnginePacket): number {
  const frame = options?.wsPreEncodedFrame;
  if (frame) return frame.reduce((sum, part) => sum + part.length, 0);
  return data === undefined ? 0 : Buffer.byteLength(data);
}
