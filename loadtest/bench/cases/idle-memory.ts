import { setTimeout as wait } from "node:timers/promises";
import { planOverlappingRooms } from "../crowd-plan.ts";
import { Generator } from "../generator/generator.ts";
import { startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import type { Server } from "../servers/server.ts";
import { type Case, withServers } from "./case.ts";

const CONNECTIONS = 10_000;
const ROOMS_EACH = 10;
const ROOM_SIZE = 20;
/** Garbage of the handshakes goes meanwhile, on both sides. */
const SETTLE_MS = 10_000;

/** Resident memory that each idle connection adds. Once for each side: it hardly varies. */
export const idleMemory: Case = {
  name: "idle-memory",
  title: "memory per idle connection, 10,000 of them in 10 rooms each",
  sense: "at most",
  goal: 1.3,
  async measure({ scale }) {
    const count = Math.round(CONNECTIONS * scale);
    const relay = await withServers([await startRelay()], (server) => perConnection(server, count));
    const moim = await withServers([await startMoim(1)], (server) => perConnection(server, count));
    const kibibytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
    return {
      moim: kibibytes(moim),
      relay: kibibytes(relay),
      ratio: moim / relay,
      readings: { connections: count, relayBytes: relay, moimBytes: moim },
    };
  },
};

async function perConnection(server: Server, count: number): Promise<number> {
  const plans = await planOverlappingRooms(server, count, ROOMS_EACH, ROOM_SIZE);
  const before = server.memoryBytes();
  const generator = new Generator(2);
  try {
    await generator.connect(plans);
    await wait(SETTLE_MS);
    return (server.memoryBytes() - before) / count;
  } finally {
    await generator.end();
  }
}
