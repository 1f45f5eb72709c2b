import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below what systems give to outgoing connections (Linux from 32768 on, others later), which would
 * otherwise take a port between its being found free and its being listened on.
 */
const PORT_MIN = 15_000;
const PORT_MAX = 32_000;
const TRIES_MAX = 1_000;

const handedOut = new Set<number>();

/**
 * A TCP port of 127.0.0.1 that nobody listens on now. The same process never gets one port
 * twice; another process may still take it first, so whoever listens must expect that.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new Error("no port is free");
}

/** Whether 127.0.0.1 could be listened on there. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
