import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import sirv from "sirv";
import { StartFailure } from "../process/start-failure.ts";
import { forwardRequest, forwardUpgrade } from "./forward.ts";
import { RoundRobin } from "./round-robin.ts";
import { securityHeaders } from "./security-headers.ts";

/** Where the parts are by now; absent parts are answered with 503. */
export interface GatewayTargets {
  readonly webFolder: string;
  readonly authPort: number;
  /** Asked anew for every connection. */
  chatPorts(): readonly number[];
}

export interface Gateway {
  /** Opens the gateway, which until then says that Moim is starting. */
  serve(targets: GatewayTargets): void;
  stop(): Promise<void>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The one address of a local Moim: the page, the auth service, and the chat nodes in turn.
 * It listens at once, so that a used port is known before anything else is started.
 */
export async function startGateway(port: number): Promise<Gateway> {
  let handle: Handle = (_, response) => response.writeHead(503, { "retry-after": "1" }).end();
  let chatPorts = (): readonly number[] => [];
  const round = new RoundRobin<number>();
  const connections = new Set<Duplex>();
  const server = createServer((request, response) => handle(request, response));
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    const isChat = request.url?.startsWith("/socket.io/") ?? false;
    void forwardUpgrade(request, socket, head, isChat ? round.order(chatPorts()) : []);
  });
  await listen(server, port);
  return {
    serve(targets) {
      handle = createHandle(targets);
      chatPorts = targets.chatPorts;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.destroy();
      }),
  };
}

function createHandle(targets: GatewayTargets): Handle {
  const headers = securityHeaders();
  const page = sirv(targets.webFolder, {
    single: true,
    etag: true,
    setHeaders(response, path) {
      const isHashed = path.startsWith("/assets/");
      response.setHeader(
        "cache-control",
        isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      );
    },
  });
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const path = request.url ?? "/";
    if (path.startsWith("/api/") || path.startsWith("/.well-known/")) {
      forwardRequest(request, response, targets.authPort);
    } else if (path.startsWith("/assets/") || path.startsWith("/socket.io/")) {
      page(request, response, () => void response.writeHead(404).end());
    } else page(request, response);
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFailure(error, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
}

function listenFailure(error: NodeJS.ErrnoException, port: number): StartFailure {
  const why =
    error.code === "EADDRINUSE"
      ? "is in use"
      : `cannot be listened on (${error.code ?? error.message})`;
  return new StartFailure(
    `port ${port} ${why}: set MOIM_PORT to another one, such as MOIM_PORT=${port === 8080 ? 8090 : 8080}`,
  );
}
