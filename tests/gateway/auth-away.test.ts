import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { build, freePort, type RunningNginx, startNginx } from "@moim/local";
import { problem } from "@moim/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";

/** One of each kind of location that leads to the auth service. */
const REQUESTS = [
  ["POST", "/api/auth/sign-up"],
  ["GET", "/api/users?ids="],
  ["GET", "/api/users/avatars/none.webp"],
  ["POST", "/api/auth/password-resets/0123456789"],
  ["GET", "/.well-known/jwks.json"],
  ["GET", "/api/docs"],
] as const;

let gone: RunningNginx;
let dying: RunningNginx;
let hangingUp: Server;

beforeAll(async () => {
  await build();
  gone = await gatewayTo(await freePort());
  // A process that ends takes connections until the kernel has closed them, and answers none.
  hangingUp = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.destroy());
  });
  const port = await freePort();
  await new Promise<void>((resolve) => hangingUp.listen(port, "127.0.0.1", resolve));
  dying = await gatewayTo(port);
});
afterAll(async () => {
  await gone?.stop();
  await dying?.stop();
  hangingUp?.close();
});

function gatewayTo(authPort: number): Promise<RunningNginx> {
  return startNginx({
    authPort,
    chatPorts: [authPort],
    connectionsPerSecond: 10,
    connectionsBurst: 20,
  });
}

async function expectUnavailable(url: string, method: string, path: string): Promise<void> {
  const body = method === "POST" ? "{}" : undefined;
  const answer = await fetch(`${url}${path}`, { method, ...(body ? { body } : {}) });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(problem.parse(await answer.json())).toMatchObject({ status: 503, code: "unavailable" });
}

test.each(REQUESTS)(
  "without an auth process, %s %s is answered as the contract says",
  async (method, path) => {
    await expectUnavailable(gone.url, method, path);
  },
);

test.each(REQUESTS)(
  "of an auth process that hangs up, %s %s is answered as the contract says",
  async (method, path) => {
    await expectUnavailable(dying.url, method, path);
  },
);

test("what people search for stays out of the error log, too", async () => {
  for (const { url, errorLog } of [gone, dying]) {
    expect((await fetch(`${url}/api/users?query=somebody`)).status).toBe(503);
    expect(readFileSync(errorLog, "utf8")).not.toContain("somebody");
  }
});

test("the page is there meanwhile", async () => {
  expect((await fetch(`${gone.url}/`)).status).toBe(200);
});
