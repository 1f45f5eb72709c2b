import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Cluster,
  findProgram,
  freePort,
  type RunningNginx,
  startCluster,
  startNginx,
} from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Line, signUp } from "./caller.ts";

const PAGE = new URL("../../docs/operating/proxy.md", import.meta.url);

let cluster: Cluster;
let gateway: RunningNginx;
let folder: string;
let front: ChildProcess;
let frontPort: number;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, spareNodes: 0 });
  gateway = await startNginx({
    authPort: cluster.auth.port,
    chatPorts: cluster.nodes.map(({ port }) => port),
    connectionsPerSecond: 10,
    connectionsBurst: 20,
    trustedProxies: ["127.0.0.1/32"],
  });
  frontPort = await freePort();
  folder = mkdtempSync(join(tmpdir(), "moim-front-"));
  writeFileSync(join(folder, "nginx.conf"), frontConfiguration());
  const options = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
  const stayHere = ["-g", "daemon off; pid nginx.pid;"];
  front = spawn(findProgram("nginx") ?? "nginx", [...options, ...stayHere], { stdio: "inherit" });
  while ((await statusFrom("127.0.0.1")) !== 200) {
    if (front.exitCode !== null) throw new Error(`Nginx ended with ${front.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterAll(async () => {
  front?.kill("SIGTERM");
  await gateway?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The page's example, on a port of this machine instead of a certificate. */
function frontConfiguration(): string {
  const [, example = ""] = /```nginx\n([\s\S]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
  expect(example).toContain("listen 443 ssl;");
  const served = example
    .replace("listen 443 ssl;", `listen 127.0.0.1:${frontPort};`)
    .replace("http://127.0.0.1:8080", gateway.url);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  return `events {} http { access_log off; ${temporary} ${served} }`;
}

function statusFrom(localAddress: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const target = { host: "127.0.0.1", port: frontPort, path: "/asked", agent: false };
    const request = get({ ...target, localAddress, headers }, (response) => {
      response.resume();
      resolve(response.headers["strict-transport-security"] ? (response.statusCode ?? 0) : 0);
    });
    request.on("error", () => resolve(0));
  });
}

test("behind the proxy of the page people have their own addresses, and https", async () => {
  const claim = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http" };
  expect(await statusFrom("127.0.0.2", claim)).toBe(200);
  const lines = () => readFileSync(gateway.accessLog, "utf8").trimEnd().split("\n");
  // The answer is logged when it has been sent; what was asked before came from 127.0.0.1.
  await expect
    .poll(() => lines().map((line) => JSON.parse(line)))
    .toContainEqual(expect.objectContaining({ path: "/asked", address: "127.0.0.2" }));
});

test("behind the proxy of the page people chat", async () => {
  const url = `http://127.0.0.1:${frontPort}`;
  const [alice, bob] = [await signUp(url), await signUp(url)];
  const [hers, his] = [await Line.open(url, alice), await Line.open(url, bob)];
  const heard = new Promise((resolve) => his.socket.once("room:changes", resolve));
  const created = await hers.ask("room:create", { kind: "direct", userId: bob.userId });
  const { room } = created as { room: { id: string } };
  await hers.ask("message:send", {
    ...{ roomId: room.id, clientId: crypto.randomUUID(), text: "through two proxies" },
  });
  expect(await heard).toMatchObject({ changes: [{ text: "through two proxies" }] });
  for (const line of [hers, his]) line.close();
});
