import type { ClientEventName } from "@moim/protocol";
import type { RoomView } from "../receive/room-view.ts";

/** For each message that is sent in `mixed`. */
const SHARES = { read: 0.3, typing: 0.2, react: 0.1 } as const;
const EMOJI = ["👍", "😀", "🎉", "❤️"] as const;

/** What people do beside writing: read, type, react. */
export function sideTalk(
  person: { tell(name: ClientEventName, payload: object): void },
  view: Pick<RoomView, "roomId" | "seq">,
  random: () => number,
): void {
  const { roomId, seq } = view;
  if (seq === 0) return;
  if (random() < SHARES.read) person.tell("room:read", { roomId, seq });
  if (random() < SHARES.typing) person.tell("room:typing", { roomId, typing: true });
  if (random() < SHARES.react) {
    const emoji = EMOJI[Math.floor(random() * EMOJI.length)];
    person.tell("message:react", { roomId, seq, emoji, on: random() < 0.8 });
  }
}
