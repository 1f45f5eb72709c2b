import { setTimeout as wait } from "node:timers/promises";
import { planOverlappingRooms } from "../crowd-plan.ts";
import { Generator } from "../generator/generator.ts";
import { startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import type { Server } from "../servers/server.ts";
import { alternate, type Case, median, withServers } from "./case.ts";

const CONNECTIONS = 10_000;
const ROOMS_EACH = 10;
const ROOM_SIZE = 20;
/** Garbage of the handshakes goes meanwhile, on both sides. */
const SETTLE_MS = 10_000;

/** Resident memory that each idle connection adds to a server that has just been started. */
export const idleMemory: Case = {
  name: "idle-memory",
  title: "memory per idle connection, 10,000 of them in 10 rooms each",
  sense: "at most",
  goal: 1.3,
  async measure({ rounds, scale }) {
    const count = Math.round(CONNECTIONS * scale);
    const [relayRuns, moimRuns] = await alternate(
      rounds,
      async () => withServers([await startRelay()], (server) => perConnection(server, count)),
      async () => withServers([await startMoim(1)], (server) => perConnection(server, count)),
    );
    const [relay, moim] = [median(relayRuns), median(moimRuns)];
    const kibibytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
    return {
      moim: kibibytes(moim),
      relay: kibibytes(relay),
      ratio: moim / relay,
      readings: { connections: count, relayBytes: relayRuns, moimBytes: moimRuns },
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
