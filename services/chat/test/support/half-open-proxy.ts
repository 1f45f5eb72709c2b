import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type HalfOpenProxy = {
  /** The address through the proxy. */
  url: string;
  /** From now on nothing passes on connections so far that have sent `mark`; they stay open. */
  freeze(mark: string): void;
  close(): Promise<void>;
};

/** Stands before a real Redis and does to some connections what a lost route does: nothing arrives. */
export async function startHalfOpenProxy(targetUrl: string): Promise<HalfOpenProxy> {
  const target = new URL(targetUrl);
  const links = new Set<{ client: Socket; sent: string; isFrozen: boolean }>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const link = { client, sent: "", isFrozen: false };
    links.add(link);
    for (const socket of [client, upstream]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        links.delete(link);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (bytes) => {
      // Who a connection is stands in its first commands.
      if (link.sent.length < 1_000) link.sent += bytes.toString("latin1");
      if (!link.isFrozen) upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (!link.isFrozen) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    freeze(mark) {
      for (const link of links) if (link.sent.includes(mark)) link.isFrozen = true;
    },
    async close() {
      for (const { client } of links) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
