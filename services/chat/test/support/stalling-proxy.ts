import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type StallingProxy = {
  /** The address through the proxy. */
  url: string;
  /**
   * What is sent from now on waits; nothing is lost, not even by a connection that is closed meanwhile.
   * `by`: only what is sent by those who introduce themselves so.
   */
  stall(by?: string): void;
  /** Connections break, and none is made. */
  cut(): void;
  /** What waited arrives, in its order; connections are made again. */
  resume(): void;
  close(): Promise<void>;
};

const INTRODUCTION_CHARACTERS_MAX = 1_000;

/**
 * Stands between a node and the real Redis. A node that stands still is like one that is stalled: what it has
 * to say comes late, and all of it. Whose network is gone is like one that is cut off.
 */
export async function startStallingProxy(targetUrl: string): Promise<StallingProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let waiting: (() => void)[] | undefined;
  let stalled = "";
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    let introduction = "";
    const whenFlowing = (act: () => void) =>
      waiting && introduction.includes(stalled) ? waiting.push(act) : act();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      if (introduction.length < INTRODUCTION_CHARACTERS_MAX)
        introduction += bytes.toString("latin1");
      whenFlowing(() => upstream.write(bytes));
    });
    client.on("close", () => whenFlowing(() => upstream.end()));
    upstream.on("data", (bytes) => client.write(bytes));
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    stall(by = "") {
      waiting = [];
      stalled = by;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    resume() {
      isCut = false;
      const acts = waiting ?? [];
      waiting = undefined;
      for (const act of acts) act();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
