import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSecondsOf, freePort, startGuardedProcess, waitUntilReady } from "@moim/local";
import { residentBytes } from "./readings.ts";
import type { Server } from "./server.ts";

const RELAY = fileURLToPath(new URL("../../baseline/relay.mjs", import.meta.url));
const START_TIMEOUT_MS = 10_000;

/** The bare Socket.IO relay, in a process of its own as a chat node is. */
export async function startRelay(): Promise<Server> {
  const logFolder = mkdtempSync(join(tmpdir(), "moim-relay-"));
  const port = await freePort();
  const child = await startGuardedProcess({
    command: process.execPath,
    arguments: [RELAY],
    environment: { ...process.env, PORT: String(port) },
    logFile: join(logFolder, "relay.log"),
  });
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  await waitUntilReady("the relay", child, isReady, START_TIMEOUT_MS);
  return {
    ports: [port],
    // Whoever connects says where they belong.
    async makeRooms() {},
    authOf: (userId, roomIds) => ({ userId, roomIds }),
    cpuSeconds: () => ({ nodes: cpuSecondsOf(child.pid), postgres: 0, redis: 0 }),
    memoryBytes: () => residentBytes(child.pid),
    async stop() {
      await child.stop();
      rmSync(logFolder, { recursive: true, force: true });
    },
  };
}
