import { digestOf } from "./digest.ts";
import { entriesOf } from "./entries.ts";
import type { FinalView, History, StoredRoom, Violation } from "./history.ts";

/** Every member's screen is the room, as far as that member may see it; who is none has no screen. */
export function findWrongViews({ rooms, views }: History): Violation[] {
  const stored = new Map(rooms.map((room) => [room.roomId, room]));
  return views.flatMap((view) => {
    const room = stored.get(view.roomId);
    return room ? compare(view, room) : [];
  });
}

/** What screens showed on the way. */
export function findMisshown({ entries }: History): Violation[] {
  return entriesOf(entries, "misshown").map(({ rule, roomId, client, what }) => {
    return { rule, roomId, client, what };
  });
}

function compare(view: FinalView, room: StoredRoom): Violation[] {
  const { client, roomId, state } = view;
  const member = room.members.find(({ userId }) => userId === view.userId);
  if (!member) {
    if (state === "gone" || state === "not listed") return [];
    return [{ rule: "leak", roomId, client, what: `no member, and the screen is ${state}` }];
  }
  if (state !== "ready") {
    return [{ rule: "gap", roomId, client, what: `a member, and the screen is ${state}` }];
  }
  const visible = room.messages.filter(({ seq }) => seq >= member.historyFromSeq);
  return [...findSurplus(view, visible), ...findLacking(view, visible)];
}

function findLacking(view: FinalView, visible: StoredRoom["messages"]): Violation[] {
  const { client, roomId } = view;
  const shown = new Map(view.messages.map((message) => [message.seq, message]));
  const first = view.hasOlder ? (view.messages[0]?.seq ?? Number.POSITIVE_INFINITY) : 0;
  const found: Violation[] = [];
  if (view.hasOlder && view.messages.length === 0) {
    found.push({ rule: "gap", roomId, client, what: "the screen is empty" });
  }
  for (const message of visible) {
    if (message.seq < first) continue;
    const { seq, rev } = message;
    const seen = shown.get(seq);
    if (!seen)
      found.push({ rule: "gap", roomId, seq, client, what: `${seq} is not on the screen` });
    else if (digestOf(seen) !== digestOf(message)) {
      const what = `${seq} is on the screen as of rev ${seen.rev}, the room has rev ${rev}`;
      found.push({ rule: "gap", roomId, seq, client, what });
    }
  }
  return found;
}

function findSurplus(view: FinalView, visible: StoredRoom["messages"]): Violation[] {
  const { client, roomId } = view;
  const known = new Set(visible.map(({ seq }) => seq));
  return view.messages.flatMap(({ seq }) => {
    if (known.has(seq)) return [];
    const what = `${seq} is on the screen, and is nothing that this member may see`;
    return [{ rule: "leak", roomId, seq, client, what } as const];
  });
}
