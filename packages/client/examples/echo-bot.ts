import { createMoimClient } from "@moim/client";

const { MOIM_URL = "http://localhost:8080", BOT_EMAIL = "", BOT_PASSWORD = "" } = process.env;

const client = createMoimClient({ baseUrl: MOIM_URL, tokenTransport: "body" });
await client.start();
const me = await client.signIn({ email: BOT_EMAIL, password: BOT_PASSWORD });

const answering = new Set<string>();
client.rooms.subscribe(({ rooms }) => {
  for (const { id } of rooms) if (!answering.has(id)) answerIn(id);
});

/** Answers everything that others write from now on, in order, each message once. */
function answerIn(roomId: string): void {
  answering.add(roomId);
  const room = client.openRoom(roomId);
  let answeredSeq: number | null = null;
  room.timeline.subscribe(({ state, items, room: summary }) => {
    if (state !== "ready" || summary === null) return;
    // What was said before the bot was there, and read by it, stays unanswered.
    answeredSeq ??= summary.readSeq;
    for (const item of items) {
      if (item.kind !== "message" || item.message.seq <= answeredSeq) continue;
      const { seq, senderId, text } = item.message;
      answeredSeq = seq;
      if (senderId !== me.id && text !== null) void room.send(`You said: ${text}`);
    }
    room.markRead(answeredSeq);
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void client.stop().then(() => process.exit(0)));
}
