import type { Message, PayloadOf, RoomSummary } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { RoomListPage } from "../rooms/room-list-pages.ts";
import { ALICE, BOB, message, roomSummary } from "./messages.ts";

/** What Alice is told, in the order of the commits. */
export type Told =
  | { name: "room:changes"; payload: PayloadOf<"room:changes"> }
  | { name: "room:head"; payload: PayloadOf<"room:head"> }
  | { name: "room:read"; payload: PayloadOf<"room:read"> }
  | { name: "room:changed"; payload: { room: RoomSummary } }
  | { name: "room:added"; payload: { room: RoomSummary } }
  | { name: "room:removed"; payload: PayloadOf<"room:removed"> };

/** A group of Alice and Bob. `historyFromSeq`: what Alice may see of it. */
type Group = {
  readonly id: string;
  readonly messages: Message[];
  rev: number;
  readSeq: number;
  historyFromSeq: number;
  isMuted: boolean;
  isMember: boolean;
  activityAt: number;
};

/** What a server knows of Alice's rooms, and says of them by the contract. */
export class RoomListServer {
  readonly #tell: (told: Told) => void;
  readonly #groups = new Map<string, Group>();
  #now = 0;

  constructor(roomIds: readonly string[], tell: (told: Told) => void) {
    this.#tell = tell;
    for (const id of roomIds) {
      const seen = { rev: 0, readSeq: 0, historyFromSeq: 1 };
      const state = { isMuted: false, isMember: true, activityAt: 0 };
      this.#groups.set(id, { id, messages: [], ...seen, ...state });
      this.say(id, BOB);
    }
  }

  say(roomId: string, senderId: string): void {
    const group = this.#group(roomId);
    if (senderId === ALICE && !group.isMember) return;
    const said = this.#append(group, "text", senderId);
    if (senderId === ALICE) group.readSeq = said.seq;
    this.#announce(group, said);
  }

  /** Of its newest messages the one so many places back. */
  erase(roomId: string, placesBack: number): void {
    const group = this.#group(roomId);
    const index = group.messages.length - 1 - placesBack;
    const before = group.messages[index];
    if (before?.kind !== "text" || before.deletedAt !== null) return;
    const erased = { ...before, rev: ++group.rev, text: null, deletedAt: ++this.#now };
    group.messages[index] = erased;
    this.#announce(group, erased);
  }

  /** Undefined where Alice is no member. */
  read(roomId: string, seq: number): number | undefined {
    const group = this.#group(roomId);
    if (!group.isMember) return undefined;
    group.readSeq = Math.max(group.readSeq, Math.min(seq, group.messages.length));
    const payload = { roomId, userId: ALICE, seq: group.readSeq };
    this.#tell({ name: "room:read", payload });
    return group.readSeq;
  }

  mute(roomId: string, muted: boolean): void {
    const group = this.#group(roomId);
    if (!group.isMember) return;
    group.isMuted = muted;
    this.#tell({ name: "room:changed", payload: { room: summaryOf(group) } });
  }

  remove(roomId: string): void {
    const group = this.#group(roomId);
    if (!group.isMember) return;
    group.isMember = false;
    this.#append(group, "notice", BOB);
    this.#tell({ name: "room:removed", payload: { roomId, reason: "removed" } });
  }

  invite(roomId: string): void {
    const group = this.#group(roomId);
    if (group.isMember) return;
    const notice = this.#append(group, "notice", BOB);
    const seen = { readSeq: notice.seq - 1, historyFromSeq: notice.seq };
    Object.assign(group, { isMember: true, isMuted: false, ...seen });
    this.#tell({ name: "room:added", payload: { room: summaryOf(group) } });
    this.#announce(group, notice);
  }

  /** What is told where announcements were lost. */
  tellHead(roomId: string): void {
    const { isMember, rev } = this.#group(roomId);
    if (isMember) this.#tell({ name: "room:head", payload: { roomId, rev } });
  }

  summary(roomId: string): RoomSummary | undefined {
    const group = this.#group(roomId);
    return group.isMember ? summaryOf(group) : undefined;
  }

  page(cursor: string | undefined, limit: number): RoomListPage {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const own = [...this.#groups.values()]
      .filter(({ isMember }) => isMember)
      .sort((one, other) => other.activityAt - one.activityAt);
    const left = own.filter(({ activityAt }) => activityAt < before);
    const shown = left.slice(0, limit);
    const nextCursor = left.length > limit ? String(shown.at(-1)?.activityAt) : null;
    const unreadTotal = own.reduce((sum, group) => sum + unreadOf(group), 0);
    return { rooms: shown.map(summaryOf), nextCursor, unreadTotal };
  }

  #append(group: Group, kind: Message["kind"], senderId: string): Message {
    group.activityAt = ++this.#now;
    const place = { roomId: group.id, seq: group.messages.length + 1, rev: ++group.rev };
    const appended = message({ ...place, kind, senderId, createdAt: group.activityAt });
    group.messages.push(appended);
    return appended;
  }

  #announce({ id, isMember, historyFromSeq, rev }: Group, change: Message): void {
    if (!isMember) return;
    const isSeen = change.seq >= historyFromSeq;
    if (isSeen) this.#tell({ name: "room:changes", payload: { roomId: id, changes: [change] } });
    else this.#tell({ name: "room:head", payload: { roomId: id, rev } });
  }

  #group(roomId: string): Group {
    const group = this.#groups.get(roomId);
    if (!group) throw new Error(`no group ${roomId}`);
    return group;
  }
}

function summaryOf(group: Group): RoomSummary {
  const { id, messages, rev, readSeq, isMuted } = group;
  const last = messages.at(-1);
  const lastMessage = last && last.seq >= group.historyFromSeq ? last : null;
  const counted = { readSeq, unread: unreadOf(group), muted: isMuted };
  return roomSummary({ id, rev, lastSeq: messages.length, lastMessage, ...counted });
}

function unreadOf({ messages, readSeq, historyFromSeq }: Group): number {
  const unread = messages.slice(Math.max(readSeq, historyFromSeq - 1)).filter(isUnread);
  return Math.min(PAGE_LIMITS.unread, unread.length);
}

function isUnread({ kind, senderId, deletedAt }: Message): boolean {
  return kind === "text" && senderId !== ALICE && deletedAt === null;
}
