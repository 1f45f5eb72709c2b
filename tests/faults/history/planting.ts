import type { Message } from "@moim/protocol";
import { entriesOf } from "./entries.ts";
import type {
  Entry,
  EntryOf,
  FinalView,
  History,
  Rule,
  StoredMember,
  StoredRoom,
} from "./history.ts";
import { GUEST, type Invented, OWNER, ROOM } from "./invented.ts";

/** A violation that can be put into any run, and what must be found then. */
export type Plant = {
  what: string;
  rule: Rule;
  says: RegExp;
  /** Undefined where this run has no place for it. */
  into(run: Invented, random: () => number): History | undefined;
};
export function anyOf<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

export function withRoom(run: History, change: (room: StoredRoom) => Partial<StoredRoom>): History {
  return { ...run, rooms: run.rooms.map((room) => ({ ...room, ...change(room) })) };
}

export function withRoles(
  run: History,
  roleOf: (member: StoredMember) => StoredMember["role"],
): History {
  return withRoom(run, ({ members }) => ({
    members: members.map((member) => ({ ...member, role: roleOf(member) })),
  }));
}

export function withMore(run: History, ...entries: Entry[]): History {
  const all = [...run.entries, ...entries];
  return { ...run, entries: all.sort((one, other) => one.at - other.at) };
}

export function withView(run: History, change: (view: FinalView) => Partial<FinalView>): History {
  const views = run.views.map((view) =>
    view.client === "ann" ? { ...view, ...change(view) } : view,
  );
  return { ...run, views };
}

export const messagesOf = ({ rooms }: History): readonly Message[] => rooms[0]?.messages ?? [];
export const textsOf = (run: History) => messagesOf(run).filter(({ kind }) => kind === "text");
export const lastOf = (run: History) => messagesOf(run).at(-1);
export const socketOf = ({ entries }: History, client: string) =>
  entriesOf(entries, "ready").find((ready) => ready.client === client)?.socket ?? 0;

/** Whoever is told this state of a message, on their own socket, at that time. */
export function told(
  run: History,
  userId: string,
  message: Message,
  at: number,
): EntryOf<"arrived"> {
  const who = { client: userId, userId, socket: socketOf(run, userId), roomId: ROOM };
  return { kind: "arrived", at, ...who, path: "told", message };
}

export function signal(
  run: History,
  userId: string,
  more: Partial<EntryOf<"signal">>,
): EntryOf<"signal"> {
  const who = { client: userId, userId, socket: socketOf(run, userId), roomId: ROOM };
  return { kind: "signal", at: 0, ...who, name: "room:typing", about: OWNER, ...more };
}

export const sendsOf = ({ entries }: History) =>
  entriesOf(entries, "answered").filter(({ event, client }) => {
    return event === "message:send" && client !== GUEST;
  });

/** One answer, or this one, is another. */
export function withAnswer(
  run: History,
  random: () => number,
  change: Partial<EntryOf<"answered">>,
  one = anyOf(sendsOf(run), random),
): History | undefined {
  if (!one) return undefined;
  const without = { ...run, entries: run.entries.filter((entry) => entry !== one) };
  return withMore(without, { ...one, ...change });
}

/** After the guest's last departure, if they did not come back, or the message of it. */
export function departureOf(run: History): Message | undefined {
  const moves = messagesOf(run).filter(({ notice }) => notice?.userIds?.includes(GUEST));
  const last = moves.at(-1);
  return last?.notice?.type === "invited" ? undefined : last;
}

/** What was committed after that. */
export const after = (run: History, { rev }: Message) =>
  textsOf(run).find((text) => text.rev > rev);
