import { createServer } from "node:http";
import { Server } from "socket.io";

/*
 * The control of `pnpm bench`: what the documentation of Socket.IO calls a chat, with the same versions and
 * the same options of the transport, and nothing else. No tokens, no database, no numbers, no Redis: what is
 * sent to a room is handed to whoever is in it, and answered. The events have the names and the shape that
 * Moim's have, so that one generator drives both; a message carries fewer fields.
 */

const http = createServer((request, response) => {
  response.writeHead(request.url === "/readyz" ? 200 : 404).end();
});
const io = new Server(http, {
  serveClient: false,
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
});

io.on("connection", (socket) => {
  const { userId, roomIds } = socket.handshake.auth;
  socket.join(roomIds);
  socket.on("message:send", ({ roomId, clientId, text }, answer) => {
    const message = { roomId, senderId: userId, clientId, text, createdAt: Date.now() };
    io.to(roomId).emit("room:changes", { roomId, changes: [message] });
    answer({ ok: true, data: { message } });
  });
  socket.emit("session:ready", { userId });
});

http.listen(Number(process.env.PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
