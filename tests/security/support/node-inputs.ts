import { request } from "node:http";
import fc from "fast-check";

/** A request of what a chat node answers itself, over HTTP, to operators and to whoever tries its port. */
export type NodeInput = {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
};

const OWN = ["/livez", "/readyz", "/metrics"] as const;
const NEAR = ["/", "/livez/", "/LIVEZ", "/readyz%00", "/metrics;a", "//livez", "/livez/../metrics"];
const SOCKETS = ["/socket.io", "/socket.io/", "/socket.io/socket.io.js"];
const HEADERS: Record<string, string>[] = [
  {},
  { authorization: "Bearer x" },
  { accept: "application/openmetrics-text" },
  { origin: "https://evil.example" },
  { "content-type": "application/json", "content-length": "0" },
  { upgrade: "websocket" },
  { "x-forwarded-for": "::1", cookie: "io=x; __proto__=1" },
];

export const nodeInputs: fc.Arbitrary<NodeInput> = fc.record({
  method: fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...OWN) },
    { weight: 2, arbitrary: fc.constantFrom(...NEAR, ...SOCKETS) },
  ),
  query: fc.constantFrom("", "", "?", "?a=b", "?EIO=4&transport=polling", `?${"x".repeat(5_000)}`),
  headers: fc.constantFrom(...HEADERS),
});

/** Resolves to what was wrong with the answer. */
export async function tryOutOnNode(port: number, input: NodeInput): Promise<string[]> {
  const { method, path, query, headers } = input;
  const status = await new Promise<number>((resolve, reject) => {
    const asking = request(
      { host: "127.0.0.1", port, method, path: `${path}${query}`, headers, agent: false },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    asking.once("error", reject);
    asking.end();
  });
  const isOwn = method === "GET" && OWN.some((own) => own === path);
  if (isOwn) return status === 200 ? [] : [`${path} was answered ${status}`];
  return status === 400 || status === 403 || status === 404
    ? []
    : [`${method} ${path}${query.slice(0, 40)} was answered ${status}`];
}
