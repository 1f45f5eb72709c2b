import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { expect, it } from "vitest";
import { Connecting } from "../src/run/connecting.ts";
import { Tally } from "../src/run/tally.ts";

it("goes on with a new token, though by this machine's clock it has run out already", async () => {
  let renewals = 0;
  const http = createServer((_request, response) => {
    renewals++;
    const session = { accessToken: "new", accessTokenExpiresAt: Date.now() - 60_000 };
    response.end(JSON.stringify(session));
  });
  const io = new Server(http, { transports: ["websocket"] });
  io.on("connection", (socket) => {
    socket.emit("session:ready", { nodeId: String(socket.handshake.auth.token) });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const user = {
    userId: "u",
    nickname: "n",
    sessionId: "s",
    accessToken: "old",
    refreshToken: "r",
  };
  const nothing = () => {};
  const connecting = new Connecting(
    {
      ...{ place: 0, user: { ...user, expiresAt: 0 }, client: "raw", urls: [url], siteUrl: url },
      ...{ localAddress: undefined, rooms: [], tally: new Tally(), random: () => 0.5 },
    },
    {
      ...{ ready: nothing, lost: nothing, renewed: nothing, changes: nothing, head: nothing },
      ...{ resync: nothing, event: nothing, misshown: nothing },
    },
  );
  expect(await connecting.connect(0)).toBe("new");
  expect(renewals).toBe(1);
  connecting.stop();
  await io.close();
});
