import { existsSync, readFileSync } from "node:fs";
import { type Cluster, startCluster, startNginx } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enterChat, openChat, signUp, statusOf } from "./browser-side.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, connectionsPerSecond: 5, connectionsBurst: 10 });
});

afterAll(async () => {
  await cluster.stop();
});

const TOO_LARGE = {
  status: 413,
  type: "application/problem+json",
  code: "too_large",
};

async function refusalOf(answer: Response): Promise<unknown> {
  const { code } = (await answer.json().catch(() => ({}))) as { code?: string };
  return { status: answer.status, type: answer.headers.get("content-type"), code };
}

/** An answer is logged when it has been sent: whoever has it may look too early. */
function accessLog(): { path: string; address: string; upstream: string }[] {
  const lines = readFileSync(cluster.nginx.accessLog, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Of connections alone: what else was asked may be logged late. */
function chatLog(): { upstream: string }[] {
  return accessLog().filter(({ path }) => path === "/socket.io/");
}

test("the page comes with a strict policy, hashed files to keep, and unknown ones as 404", async () => {
  const page = await fetch(`${cluster.url}/any/page`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain(
    "default-src 'none'; script-src 'self';",
  );
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const asset = /\/assets\/[^"]+\.js/.exec(await page.text())?.[0];
  const script = await fetch(cluster.url + asset);
  expect(script.status).toBe(200);
  expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(script.headers.get("content-encoding")).toBe("gzip");
  expect(script.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await statusOf(`${cluster.url}/assets/none.js`)).toBe(404);
  expect(await statusOf(`${cluster.url}/metrics`)).toBe(404);
});

test("the services answer through the proxy, each answer with an id", async () => {
  expect(await signUp(cluster.url, "proxied")).toBe(201);
  const keys = await fetch(`${cluster.url}/.well-known/jwks.json`);
  expect(keys.status).toBe(200);
  expect(keys.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
});

test("a picture passes the proxy, up to a MiB, and is served for every page to keep", async () => {
  const body = JSON.stringify({
    ...{ email: "picture@example.org", password: "correct-horse-1" },
    ...{ nickname: "picture", name: "Picture" },
  });
  const signedUp = await fetch(`${cluster.url}/api/auth/sign-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { accessToken } = (await signedUp.json()) as { accessToken: string };
  const upload = (bytes: Uint8Array<ArrayBuffer>) =>
    fetch(`${cluster.url}/api/users/me/avatar`, {
      method: "PUT",
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "image/gif" },
      body: bytes,
    });
  const gif = Buffer.from("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=", "base64");
  const padded = new Uint8Array(1024 * 1024);
  padded.set(gif);
  const answer = await upload(padded);
  expect(answer.status).toBe(200);
  const { avatarUrl } = (await answer.json()) as { avatarUrl: string };
  const picture = await fetch(new URL(avatarUrl, cluster.url));
  expect(picture.status).toBe(200);
  expect(picture.headers.get("content-type")).toBe("image/webp");
  expect(picture.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(picture.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(picture.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
  expect(await refusalOf(await upload(new Uint8Array(3 * 1024 * 1024)))).toEqual(TOO_LARGE);
});

test("what is too large is refused as a problem on every path of the API", async () => {
  const body = new Uint8Array(3 * 1024 * 1024);
  for (const path of ["/api/users/me", `/api/auth/password-resets/${"t".repeat(43)}`]) {
    const answer = await fetch(`${cluster.url}${path}`, { method: "PUT", body });
    expect(await refusalOf(answer)).toEqual(TOO_LARGE);
  }
});

test("connections go to all nodes, and past one that has died, and to one that was added", async () => {
  const reached = async (times: number): Promise<Set<string>> => {
    const before = chatLog().length;
    const leaving: (() => void)[] = [];
    for (let time = 0; time < times; time += 1) {
      const entered = await enterChat(cluster.url);
      if (typeof entered === "number") throw new Error(`refused with ${entered}`);
      leaving.push(entered.leave);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    for (const leave of leaving) leave();
    // A connection is logged when it ends.
    await expect.poll(() => chatLog().length).toBe(before + times);
    const upstreams = chatLog()
      .slice(before)
      .map(({ upstream }) => upstream);
    return new Set(upstreams.flatMap((all) => all.split(", ").at(-1) ?? []));
  };
  const [one, two] = cluster.nodes.map((node) => `127.0.0.1:${node.port}`);
  // A node that a busy machine does not let answer for half a second is left out for the next three.
  await expect.poll(() => reached(6)).toEqual(new Set([one, two]));
  await cluster.nodes[0]?.kill();
  expect(await reached(6)).toEqual(new Set([two]));
  const added = await cluster.addNode();
  await expect.poll(() => reached(10)).toEqual(new Set([two, `127.0.0.1:${added.port}`]));
});

test("secrets in queries and paths do not reach the access log", async () => {
  const secret = "s3cret".repeat(8);
  await fetch(`${cluster.url}/page?token=${secret}`);
  await fetch(`${cluster.url}/api/auth/password-resets/${secret}`, { method: "PUT" });
  await fetch(`${cluster.url}/reset/${secret}`, { headers: { referer: `https://x/${secret}` } });
  const paths = () => accessLog().map(({ path }) => path);
  const told = ["/page", "/api/auth/password-resets/...", "/reset/..."];
  await expect.poll(paths).toEqual(expect.arrayContaining(told));
  expect(readFileSync(cluster.nginx.accessLog, "utf8")).not.toContain(secret);
});

test("what stands behind the proxy is not for the public, and what a stranger claims is not believed", async () => {
  for (const path of ["/readyz", "/metrics"]) {
    expect(await statusOf(`${cluster.url}${path}`)).toBe(404);
  }
  expect(await (await fetch(`${cluster.url}/status`)).text()).toContain("<!doctype html>");
  const claims = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" };
  const answer = await fetch(`${cluster.url}/claimed`, { headers: claims });
  expect(answer.headers.get("strict-transport-security")).toBeNull();
  const claimed = () => accessLog().find(({ path }) => path === "/claimed");
  await expect.poll(claimed).toMatchObject({ address: "127.0.0.1" });
});

test("a proxy that is listed is believed about its client's address and https", async () => {
  const nginx = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: cluster.nodes.map((node) => node.port),
    connectionsPerSecond: 10,
    connectionsBurst: 20,
    trustedProxies: ["127.0.0.0/8"],
  });
  // The leftmost address is the client's own invention; the nearest that is no listed proxy counts.
  const claims = { "x-forwarded-for": "198.51.100.7, 203.0.113.9", "x-forwarded-proto": "https" };
  const answer = await fetch(`${nginx.url}/claimed`, { headers: claims });
  expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
  // The answer is logged when it has been sent.
  await expect
    .poll(() => readFileSync(nginx.accessLog, "utf8"))
    .toContain('"address":"203.0.113.9"');
  await nginx.stop();
});

test("too many new connections from one address are refused with 429", async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => openChat(cluster.url)));
  expect(answers.filter((answer) => answer === 429).length).toBeGreaterThanOrEqual(10);
  expect(
    answers.filter((answer) => String(answer).includes("pingInterval")).length,
  ).toBeGreaterThan(0);
});

test("a cluster that is stopped leaves no process and no folder", async () => {
  const other = await startCluster({ nodes: 1 });
  const pids = [other.nginx.pid, other.redis.pid, other.postgres.pid, other.auth.pid];
  for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
  await other.stop();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  expect(existsSync(other.logFolder)).toBe(false);
  expect(await statusOf(other.url)).toBeUndefined();
});
