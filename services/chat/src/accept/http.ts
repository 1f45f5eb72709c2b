import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import {
  isAllowedOrigin,
  type Logger,
  type Operational,
  type OperationalAnswer,
} from "@moim/service";
import { Server } from "socket.io";
import type { Config } from "../config.ts";
import { writeTogether } from "../publish/write-once-per-tick.ts";
import { PACKET_BYTES_READ_MAX, packetParser } from "./packet-parser.ts";

/** Two heartbeats within the 60 s after which Nginx, as shipped, cuts an idle connection. */
const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 20_000;
/** A connection that does not say who it is holds its place no longer. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Of what a stranger sends, in a log line. */
const ORIGIN_CHARACTERS_MAX = 200;

/** Websockets only: nothing on a node is needed by a reconnect, so no stickiness either. */
export function createSocketServer(
  http: HttpServer,
  config: Pick<Config, "ALLOWED_ORIGINS">,
  isLeaving: () => boolean,
  addressOf: (request: IncomingMessage) => string,
  logger: Logger,
): Server {
  const server = new Server(http, {
    serveClient: false,
    transports: ["websocket"],
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: PACKET_BYTES_READ_MAX,
    parser: packetParser,
    connectTimeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    allowRequest(request, answer) {
      if (isLeaving()) {
        sendElsewhere(request.socket);
        return;
      }
      // The answer to the upgrade, and the first frame of the engine right behind it.
      writeTogether(request.socket);
      const isAllowed = isAllowedOrigin(request.headers, config.ALLOWED_ORIGINS);
      if (!isAllowed) {
        const origin = request.headers.origin?.slice(0, ORIGIN_CHARACTERS_MAX);
        logger.info({ origin, address: addressOf(request) }, "origin refused");
      }
      answer(isAllowed ? null : "origin not allowed", isAllowed);
    },
  });
  // Who is refused is cut off right behind the answer, which would be lost with all that is held back: to a proxy that
  // is a node that has gone.
  server.engine.on("connection_error", ({ req }: { req: IncomingMessage }) => req.socket.uncork());
  return server;
}

/**
 * Before the websocket stands, so that a proxy takes the next node: a node that leaves has ever fewer
 * connections, and whoever goes by their number would send it everybody. The engine never hears of it.
 */
function sendElsewhere(socket: Socket): void {
  socket.end(
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
  );
}

/**
 * Everything on the port that is not a socket: `/livez`, `/readyz`, `/metrics`. `observe` is called
 * before the metrics are read, for what is measured only when somebody looks.
 */
export function serveOperational(
  http: HttpServer,
  operational: Operational,
  observe: () => void,
  logger: Logger,
): void {
  http.on("request", (request, response) => {
    // As it was sent: whoever parses it as an address meets requests such as `GET //`, which is none,
    // and engine.io compares it literally too.
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path.startsWith("/socket.io/")) return;
    answerOperational(operational, observe, request.method, path).then(
      ({ status, contentType, body }) => {
        response.writeHead(status, { "content-type": contentType });
        response.end(body);
      },
      (error: unknown) => {
        logger.error({ err: error, path }, "operational request failed");
        response.writeHead(500, { "content-type": TEXT });
        response.end("internal\n");
      },
    );
  });
}

const TEXT = "text/plain; charset=utf-8";

async function answerOperational(
  operational: Operational,
  observe: () => void,
  method: string | undefined,
  path: string,
): Promise<OperationalAnswer> {
  if (path === "/metrics") observe();
  const answer = method === "GET" ? await operational.answer(path) : undefined;
  return answer ?? { status: 404, contentType: TEXT, body: "not found\n" };
}

/** Resolves to the port, which the system chose when `port` is 0. */
export function listenOn(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      const address = http.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

/** A closing handshake that gets no answer is not waited for any longer. */
const PARTING_MS = 250;

/**
 * Closes every connection and stops listening. A peer that does not take part (it reads nothing, or
 * its network is gone) would hold the process for half a minute; it is cut off.
 */
export function closerOf(http: HttpServer, io: Server): () => Promise<void> {
  const open = new Set<Socket>();
  http.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return async () => {
    const timer = setTimeout(() => {
      for (const socket of open) socket.destroy();
    }, PARTING_MS);
    await io.close();
    clearTimeout(timer);
  };
}
