import { connect } from "node:net";
import fc from "fast-check";

/** Bytes (as Latin-1) that somebody writes to a port that speaks HTTP. */
export type RawInput = { to: "auth" | "chat" | "proxy"; bytes: string };

const ANSWER_TIMEOUT_MS = 20_000;

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "HEAD",
  "get",
  "PROPFIND",
  "X\u00ff",
];
const TARGETS = [
  "/",
  "//",
  "*",
  "/%",
  "/%zz",
  "/%00",
  "/api/%c0%af",
  "/api/../metrics",
  "/api/%2e%2e/metrics",
  "/api/..%2fmetrics",
  "/api/..;/metrics",
  "/socket.io/../metrics",
  "/socket.io/..%2fmetrics",
  "/.well-known/%2e%2e%2freadyz",
  "//metrics",
  "/metrics/",
  "/metrics%00",
  "/assets/../../../../etc/passwd",
  "/assets/..%2f..%2f..%2fetc/passwd",
  "/brotli/js/index.html",
  "/api/users/avatars/../../../livez",
  "/api/auth/password-resets//",
  "/api/users?ids=%ff",
  "/api/users?query=%E0%A4%A",
  "/socket.io/?EIO=4&transport=polling",
  "/socket.io/?EIO=4&transport=websocket&sid=x",
  "/socket.io/?EIO=99",
  "http://[",
  "http://evil.example/api/users/me",
  "\\\\evil\\share",
  `/${"a".repeat(9_000)}`,
  "/\u00ff\u00fe",
];
const VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "http/1.1", ""];
const HEADERS = [
  "Host: x\r\nHost: y",
  "Host: evil.example",
  "Host:",
  "Content-Length: -1",
  "Content-Length: 5\r\nContent-Length: 6",
  "Content-Length: 99999999999999999999",
  "Content-Length: 3000000000",
  "Content-Length: 5\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding : chunked",
  "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x",
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Connection: keep-alive, close, x",
  "Expect: 100-continue",
  "Expect: nonsense",
  "Cookie: moim_refresh=\u0001",
  "X-Nothing: a\r\n b",
  "X-Nul: a\u0000b",
  "Authorization: Bearer \u00ff",
  "Content-Type: application/json\r\nContent-Length: 1",
  "A: b\nC: d",
  ": empty",
  "no colon",
  Array.from({ length: 300 }, (_, index) => `X-${index}: y`).join("\r\n"),
  `X-Long: ${"y".repeat(70_000)}`,
];
const BODIES = [
  "",
  "{}",
  "5\r\nhello\r\n0\r\n\r\n",
  "zz\r\nhello\r\n",
  "ffffffffffffffff\r\nx",
  "-1\r\n\r\n",
  "0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
  "{".repeat(100_000),
  "x".repeat(1_300_000),
];
const NO_HTTP = [
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
  "\r\n\r\n\r\n",
  "EHLO x\r\n",
  "*1\r\n$4\r\nPING\r\n",
  "\u0000".repeat(1_000),
];

export const rawInputs: fc.Arbitrary<RawInput> = fc.record({
  to: fc.constantFrom("auth", "chat", "proxy"),
  bytes: fc.oneof(
    { weight: 12, arbitrary: requests() },
    { weight: 1, arbitrary: fc.constantFrom(...NO_HTTP) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 200 })
        .map((bytes) => Buffer.from(bytes).toString("latin1")),
    },
  ),
});

function requests(): fc.Arbitrary<string> {
  return fc
    .record({
      method: fc.constantFrom(...METHODS),
      target: fc.constantFrom(...TARGETS),
      version: fc.oneof(
        { weight: 4, arbitrary: fc.constant("HTTP/1.1") },
        { weight: 1, arbitrary: fc.constantFrom(...VERSIONS) },
      ),
      headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 3 }),
      body: fc.constantFrom(...BODIES),
    })
    .map(({ method, target, version, headers, body }) =>
      [`${method} ${target} ${version}`, ...["Host: localhost", ...headers], "", body].join("\r\n"),
    );
}

/** What every answer to such bytes may be: refused, or what anybody is told. */
export async function tryOutRaw({ bytes, to }: RawInput, ports: Record<RawInput["to"], number>) {
  const answer = await answerTo(ports[to], bytes);
  if (answer === undefined) return ["the connection was neither answered nor closed"];
  const complaints: string[] = [];
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
  // Who names no version speaks HTTP/0.9, to whom the proxy answers without a head.
  const isOld = to === "proxy" && /^\w+ [^\r\n ]+ ?\r\n/.test(bytes);
  if (status === 0 && answer !== "" && !isOld && !answer.startsWith("<html>")) {
    complaints.push(`no HTTP: ${answer.slice(0, 200)}`);
  }
  // The proxy's own word on what HTTP has and it has not.
  const isOfHttp = to === "proxy" && (status === 501 || status === 505);
  if (status >= 500 && !isOfHttp) complaints.push(`answered ${answer.slice(0, 300)}`);
  if (answer.includes("root:x:0:")) complaints.push("a file of the system");
  if (to === "proxy" && answer.includes("process_cpu_seconds_total")) {
    complaints.push("what is for operators alone");
  }
  if (/\bat .+\.(?:ts|js|mjs):\d+/.test(answer)) complaints.push("a stack");
  return complaints;
}

/** All that came until the connection was closed; undefined when it was not. */
function answerTo(port: number, bytes: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, ANSWER_TIMEOUT_MS);
    socket.on("data", (chunk) => {
      if (text.length < 100_000) text += chunk.toString("latin1");
    });
    // Refused before all was written: what came counts.
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.end(Buffer.from(bytes, "latin1"));
  });
}
