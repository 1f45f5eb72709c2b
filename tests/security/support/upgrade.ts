import { connect, type Socket } from "node:net";

/** The status with which a port answers a websocket's handshake; 101 is a connection. */
export async function statusOfUpgrade(
  port: number,
  headers: Record<string, string> = {},
): Promise<number> {
  const { status, socket } = await upgrade(port, headers);
  socket.destroy();
  return status;
}

/** The same, and the connection, which stays open. */
export function upgrade(
  port: number,
  headers: Record<string, string> = {},
): Promise<{ status: number; socket: Socket }> {
  const all = {
    Host: `localhost:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", ...lines, "", ""].join(
    "\r\n",
  );
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(head));
    socket.once("error", reject);
    socket.once("data", (answer) => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.toString("latin1"))?.[1] ?? 0);
      resolve({ status, socket });
    });
  });
}
