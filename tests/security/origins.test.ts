import { connect } from "node:net";
import { type Cluster, startCluster, startNginx } from "@moim/local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusOfUpgrade, upgrade } from "./support/upgrade.ts";

let cluster: Cluster;
let page: string;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, spareNodes: 0, connectionsPerSecond: 1_000 });
  page = cluster.url;
});
afterAll(() => cluster?.stop());

/** Engine.IO's word for a handshake that it does not take. */
const REFUSED = 400;

const FRONTS = ["a service itself", "the proxy"] as const;
type Front = (typeof FRONTS)[number];

function portOf(front: Front, service: "auth" | "chat"): number {
  if (front === "the proxy") return cluster.nginx.port;
  return service === "auth" ? cluster.auth.port : (cluster.nodes[0]?.port ?? 0);
}

/** Origins that are not the page's, though some look like it. */
function strangers(): string[] {
  const { host, hostname, port } = new URL(page);
  return [
    "https://evil.example",
    "null",
    "",
    "file://",
    `${page}.evil.example`,
    `http://evil.example/${host}`,
    `https://${host}`,
    `http://${hostname}:${Number(port) + 1}`,
    `http://sub.${host}`,
    `${page}, https://evil.example`,
    page.toUpperCase(),
  ];
}

describe.each(FRONTS)("by way of %s", (front) => {
  test("a page of another origin gets no websocket; ours, and programs, do", async () => {
    const port = portOf(front, "chat");
    for (const Origin of strangers()) {
      expect(await statusOfUpgrade(port, { Origin }), Origin).toBe(REFUSED);
    }
    expect(await statusOfUpgrade(port, { "Sec-Fetch-Site": "cross-site" })).toBe(REFUSED);
    expect(await statusOfUpgrade(port, { Origin: page })).toBe(101);
    expect(await statusOfUpgrade(port)).toBe(101);
  });

  test("a page of another origin neither uses nor ends somebody's session", async () => {
    const url = `http://127.0.0.1:${portOf(front, "auth")}`;
    const cookie = await signUp(url);
    for (const route of ["refresh", "sign-out"]) {
      for (const origin of strangers()) {
        expect(await statusOf(url, route, { cookie, origin }), `${route} ${origin}`).toBe(403);
      }
      for (const site of ["cross-site", "same-site"]) {
        const headers = { cookie, "sec-fetch-site": site };
        expect(await statusOf(url, route, headers), `${route} ${site}`).toBe(403);
      }
    }
    const own = { cookie, origin: page, "sec-fetch-site": "same-origin" };
    expect(await statusOf(url, "refresh", own)).toBe(200);
    expect(await statusOf(url, "refresh", { cookie })).toBe(200);
  });

  test("a page of another origin signs nobody in, and forms are no requests", async () => {
    const url = `http://127.0.0.1:${portOf(front, "auth")}`;
    for (const route of ["sign-in", "sign-up"]) {
      expect(await statusOf(url, route, { origin: "https://evil.example" })).toBe(403);
      for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
        expect(await statusOf(url, route, { origin: page, "content-type": type })).toBe(415);
      }
    }
  });

  test("no page of another origin may read an answer", async () => {
    const urls = ["/api/auth/refresh", "/api/users/me", "/.well-known/jwks.json"].map(
      (path) => `http://127.0.0.1:${portOf(front, "auth")}${path}`,
    );
    urls.push(`http://127.0.0.1:${portOf(front, "chat")}/socket.io/?EIO=4&transport=polling`);
    for (const url of urls) {
      for (const origin of ["https://evil.example", page]) {
        for (const method of ["GET", "OPTIONS"]) {
          const asking = { "access-control-request-method": "POST", origin };
          const { headers } = await fetch(url, { method, headers: asking });
          const allowed = [...headers.keys()].filter((name) => name.startsWith("access-control-"));
          expect(allowed, `${method} ${url}`).toEqual([]);
        }
      }
    }
  });
});

/** The session's cookie, as a browser sends it. */
async function signUp(url: string): Promise<string> {
  const nickname = `u${crypto.randomUUID().slice(0, 8)}`;
  const answer = await fetch(`${url}/api/auth/sign-up`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: page },
    body: JSON.stringify({
      ...{ email: `${nickname}@example.org`, password: "correct-horse-1" },
      ...{ nickname, name: "Somebody" },
    }),
  });
  const cookie = answer.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^moim_refresh=[\w-]{43}; /);
  for (const attribute of ["HttpOnly", "SameSite=Strict", "Path=/api/auth"]) {
    expect(cookie.split("; ")).toContain(attribute);
  }
  expect(cookie).not.toMatch(/domain/i);
  return cookie.split(";", 1)[0] ?? "";
}

async function statusOf(url: string, route: string, headers: Record<string, string>) {
  const withType = { "content-type": "application/json", ...headers };
  const options = { method: "POST", headers: withType, body: "{}" };
  return (await fetch(`${url}/api/auth/${route}`, options)).status;
}

describe("the proxy", () => {
  test("has every answer of the API kept by nobody, framed by nobody, and taken for what it is", async () => {
    const refused = await fetch(`http://127.0.0.1:${cluster.nginx.port}/api/users/me`);
    const answered = await fetch(`${page}/api/auth/nickname-availability?nickname=nobody`);
    expect([refused.status, answered.status]).toEqual([401, 200]);
    for (const { headers } of [refused, answered]) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("content-type")).toMatch(/^application\/(problem\+)?json/);
      expect(headers.get("server")).toBe("nginx");
    }
  });

  test("says of what is no request, or too long a one, that it is none, as a problem", async () => {
    const long = "y".repeat(70_000);
    const requests = [
      "NONSENSE\r\n\r\n",
      `GET /api/${long} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET /api/users/me HTTP/1.1\r\nHost: x\r\nX-Long: ${long}\r\n\r\n`,
      "GET /api/users/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET /api/users/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for (const request of requests) {
      const answer = await answerTo(cluster.nginx.port, request);
      expect(answer, request.slice(0, 40)).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer.toLowerCase()).toContain("content-type: application/problem+json");
      expect(answer).toContain('"code":"bad_request"');
    }
    expect(await (await fetch(`${page}/.refused/malformed`)).text()).not.toContain("bad_request");
  });

  test("counts new connections from an IPv6 network as one, and from others apart", async () => {
    const nginx = await startNginx({
      ...{ authPort: cluster.auth.port, chatPorts: [portOf("a service itself", "chat")] },
      ...{ connectionsPerSecond: 1, connectionsBurst: 3, trustedProxies: ["127.0.0.1/32"] },
    });
    const from = (address: string) => statusOfUpgrade(nginx.port, { "X-Forwarded-For": address });
    // At once: one a second is let in.
    const hosts = Array.from({ length: 24 }, (_, index) => `2001:db8:a:b:${index}::1`);
    const inOne = await Promise.all(hosts.map(from));
    const inOthers = [];
    for (let net = 1; net <= 12; net++) inOthers.push(await from(`2001:db8:a:c${net}::1`));
    await nginx.stop();
    expect(inOne.filter((status) => status === 429).length).toBeGreaterThan(5);
    expect(new Set(inOthers)).toEqual(new Set([101]));
  });
});

test("the proxy lets an IPv6 network hold so many connections, and others as many of their own", async () => {
  const nginx = await startNginx({
    ...{ authPort: cluster.auth.port, chatPorts: [portOf("a service itself", "chat")] },
    ...{ connectionsPerSecond: 1_000, connectionsBurst: 1_000, connectionsPerAddress: 4 },
    trustedProxies: ["127.0.0.1/32"],
  });
  const open = (address: string) => upgrade(nginx.port, { "X-Forwarded-For": address });
  const inOne = [];
  for (let host = 1; host <= 8; host++) inOne.push(await open(`2001:db8:a:b:${host}::${host}`));
  const elsewhere = [];
  for (let net = 1; net <= 8; net++) elsewhere.push(await open(`2001:db8:a:c${net}::1`));
  expect(inOne.map(({ status }) => status)).toEqual([101, 101, 101, 101, 429, 429, 429, 429]);
  expect(new Set(elsewhere.map(({ status }) => status))).toEqual(new Set([101]));
  // Whoever goes makes room.
  inOne[0]?.socket.destroy();
  await expect
    .poll(async () => {
      const { status, socket } = await open("2001:db8:a:b::99");
      socket.destroy();
      return status;
    })
    .toBe(101);
  for (const { socket } of [...inOne, ...elsewhere]) socket.destroy();
  await nginx.stop();
});

function answerTo(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(answer));
  });
}
