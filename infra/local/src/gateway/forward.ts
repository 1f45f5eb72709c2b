import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

const CONNECT_TIMEOUT_MS = 1000;

/** Headers that belong to one connection and not to the message. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-authorization", "te", "trailer"]);

/** Passes one request on to the service on `port`; 502 where that does not answer. */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
): void {
  const upstream = httpRequest(
    {
      host: "127.0.0.1",
      port,
      method: request.method,
      path: request.url,
      headers: Object.fromEntries(forwardedHeaders(request)),
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    },
  );
  upstream.on("error", () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { "content-type": "text/plain" }).end("no answer\n");
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

/** Connects a websocket to the first of these ports that accepts; 503 where none does. */
export async function forwardUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  ports: readonly number[],
): Promise<void> {
  client.on("error", () => client.destroy());
  for (const port of ports) {
    const node = await open(port).catch(() => undefined);
    if (node === undefined) continue;
    node.on("error", () => client.destroy());
    client.on("close", () => node.destroy());
    node.on("close", () => client.destroy());
    node.write(upgradeHead(request));
    if (head.length > 0) node.write(head);
    client.pipe(node).pipe(client);
    return;
  }
  client.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\r\n");
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function upgradeHead(request: IncomingMessage): string {
  const headers = [...forwardedHeaders(request), ["connection", "upgrade"]];
  const lines = headers.flatMap(([name, value]) =>
    [value].flat().map((single) => `${name}: ${single}`),
  );
  return [`${request.method} ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** The request's headers, with who sent it as the proxy in front of a real installation says it. */
function* forwardedHeaders(request: IncomingMessage): Generator<[string, string | string[]]> {
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || name.startsWith("x-forwarded-")) continue;
    yield [name, value];
  }
  yield ["x-forwarded-for", request.socket.remoteAddress ?? ""];
  yield ["x-forwarded-proto", "http"];
  yield ["x-forwarded-host", request.headers.host ?? ""];
}
