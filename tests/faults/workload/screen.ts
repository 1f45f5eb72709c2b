import type { Member, MoimClient, OpenRoom, TimelineItem } from "@moim/client";
import type { FinalView, Listing, People } from "../history/history.ts";
import type { Recorder, Who } from "../history/recorder.ts";
import type { Talker } from "./talker.ts";

/** Notes each place that a screen shows, and whatever no screen may show even for a moment. */
export function watchScreen(recorder: Recorder, who: Who, room: OpenRoom): void {
  const { client } = who;
  const { roomId } = room;
  const told = new Set<string>();
  const misshown = (rule: "doubled" | "order", what: string) => {
    if (told.has(what)) return;
    told.add(what);
    recorder.note({ kind: "misshown", at: Date.now(), client, roomId, rule, what });
  };
  room.timeline.subscribe(({ items }) => {
    const keys = new Set<string>();
    let before = 0;
    for (const item of items) {
      if (keys.has(item.key)) misshown("doubled", `${item.key} was on the screen twice`);
      keys.add(item.key);
      if (item.kind !== "message") continue;
      const { seq } = item.message;
      if (seq <= before) misshown("order", `${seq} was shown below ${before}`);
      before = seq;
      recorder.shown(who, roomId, seq);
    }
  });
}

/** What the screen of this room shows now. */
export function viewOf(who: Who, roomId: string, room: OpenRoom | undefined): FinalView {
  const { client, userId } = who;
  if (!room) {
    return {
      client,
      userId,
      roomId,
      state: "not listed",
      messages: [],
      hasOlder: false,
      pending: [],
    };
  }
  const { items, state, hasOlder } = room.timeline.current;
  return {
    ...{ client, userId, roomId, state, hasOlder },
    messages: items.flatMap((item) => (item.kind === "message" ? [item.message] : [])),
    pending: items.flatMap(pendingOf),
  };
}

/** What the list of rooms says of this one. */
export function listingOf({ moim }: { moim: MoimClient }, roomId: string): Listing | undefined {
  const room = moim.rooms.current.rooms.find(({ id }) => id === roomId);
  if (!room) return undefined;
  const { title, muted: isMuted, lastSeq, readSeq, unread } = room;
  return { title, isMuted, lastSeq, readSeq, unread };
}

/** Whom the list of rooms shows in this one, and what stands beside it where somebody looks. */
export function peopleOf(talker: Talker, roomId: string): People[] {
  const { client, userId, moim } = talker;
  const shown = moim.rooms.current.rooms.find(({ id }) => id === roomId);
  const beside = talker.looksAt(roomId) ? talker.rooms.get(roomId)?.members.current : undefined;
  const all: [People["where"], readonly Member[] | undefined][] = [
    ["rooms", shown?.members],
    ["members", beside?.members],
  ];
  return all.flatMap(([where, members]) => {
    const roles = members && new Map(members.map((member) => [member.userId, member.role]));
    return roles ? [{ client, userId, roomId, where, roles }] : [];
  });
}

function pendingOf(item: TimelineItem): { clientId: string; state: string }[] {
  if (item.kind !== "pending") return [];
  const { clientId, delivery } = item.pending;
  return [{ clientId, state: delivery.state }];
}
