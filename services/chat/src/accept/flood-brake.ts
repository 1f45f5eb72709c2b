import type { Clock } from "../clock.ts";

/**
 * Far above what the rates allow, so that whoever keeps to them never meets it: refusing an event
 * costs the node less than handling it, but not nothing.
 */
const PACKETS_PER_SECOND = 1_000;
const PACKETS_BURST = 500;

/** What we use of engine.io's connection and of ws. */
export type BrakedConnection = {
  on(event: "packet", listener: () => void): void;
  transport: { socket?: { pause(): void; resume(): void } };
};

/**
 * Reads from a connection no faster than it may send packets of any kind, handshakes and heartbeats
 * included. Nothing is dropped: what comes too fast waits in the network, where it holds up its
 * own sender and nobody else.
 */
export function brakeFloods(connection: BrakedConnection, clock: Clock): void {
  let packets = PACKETS_BURST;
  let filledAt = clock.now();
  let isPaused = false;
  const refill = () => {
    const now = clock.now();
    packets += (Math.max(now - filledAt, 0) / 1_000) * PACKETS_PER_SECOND;
    packets = Math.min(packets, PACKETS_BURST);
    filledAt = now;
  };
  // What had been read already when it was paused is still handled, and paid for by a longer pause.
  const resumeWhenPaid = () => {
    refill();
    if (packets < 0) {
      clock.after((-packets / PACKETS_PER_SECOND) * 1_000, resumeWhenPaid);
      return;
    }
    isPaused = false;
    connection.transport.socket?.resume();
  };
  connection.on("packet", () => {
    if (packets < 1) refill();
    packets--;
    if (packets >= 0 || isPaused) return;
    isPaused = true;
    connection.transport.socket?.pause();
    resumeWhenPaid();
  });
}
