import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface BreakableUrl {
  url: string;
  /** From now on nothing answers at `url`, and the connections that there were are cut. */
  cut(): void;
}

/** Another way to the server of `url`, that can be cut without touching the server. */
export async function breakable(url: string): Promise<BreakableUrl> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const through = new URL(url);
  through.port = String(typeof address === "object" ? address?.port : "");
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: through.href, cut };
}
