import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startService } from "@moim/local";
import { afterEach, beforeEach, expect, test } from "vitest";

/** A service that asks before it listens, and ends as ours do when its port is taken. */
const PROGRAM = `
  import { createServer } from "node:http";
  await fetch(process.env.BEFORE_LISTENING + process.env.PORT);
  const server = createServer((_, answer) => answer.end("ok"));
  server.on("error", () => process.exit(1));
  server.listen(Number(process.env.PORT), "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
`;

let folder: string;
let open: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-test-"));
  writeFileSync(join(folder, "service.mjs"), PROGRAM);
  open = [];
});
afterEach(() => {
  for (const server of open) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function answering(port: number, before = async (_path: string) => {}): Promise<number> {
  const server = createServer((request, answer) => {
    void before(request.url ?? "").then(() => answer.end("ok"));
  });
  open.push(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** `before` is called with the port that the service is about to listen on, each time it is started. */
async function start(before: (port: number) => Promise<void>, port?: number) {
  const asked = await answering(0, (path) => before(Number(path.slice(1))));
  return startService({
    name: "tried",
    service: "chat",
    program: join(folder, "service.mjs"),
    environment: { ...process.env, BEFORE_LISTENING: `http://127.0.0.1:${asked}/` },
    logFolder: folder,
    ...(port === undefined ? {} : { port }),
  });
}

test("who else answers on a service's port is not taken for it", async () => {
  const port = await freePort();
  await answering(port);
  await expect(start(async () => {}, port)).rejects.toThrow("tried did not start (exit code 1)");
});

test("where a free port is taken before the service listens there, another one is tried", async () => {
  const ports: number[] = [];
  const service = await start(async (port) => {
    ports.push(port);
    if (ports.length === 1) await answering(port);
  });
  expect(ports).toHaveLength(2);
  expect(service.port).toBe(ports[1]);
  expect((await fetch(`http://127.0.0.1:${service.port}/`)).status).toBe(200);
  await service.stop();
});
