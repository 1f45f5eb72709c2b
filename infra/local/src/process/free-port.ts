import { createServer } from "node:net";

const handedOut = new Set<number>();

/**
 * A TCP port of 127.0.0.1 that nobody listens on now. The same process never gets one port
 * twice; another process may still take it first, so whoever listens must expect that.
 */
export async function freePort(): Promise<number> {
  const port = await new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else resolve(address.port);
      });
    });
  });
  if (handedOut.has(port)) return freePort();
  handedOut.add(port);
  return port;
}
