import type { ChangedRoom, Member, Message, RoomSummary } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import { AHEAD_CHANGES_MAX } from "../bounds.ts";
import { takeContiguous } from "../timeline/contiguous.ts";

/** A room as the list holds it. All functions here are pure; a value never changes. */
export type RoomEntry = {
  readonly summary: RoomSummary;
  /** How far the word goes by which its name and its members are known: messages come by themselves. */
  readonly detailsRev: number;
  /** Changes beyond a gap, by `rev`. */
  readonly ahead: readonly Message[];
  /** The newest `rev` that was heard of. */
  readonly head: number;
  /** Whether `unread` is the server's count; otherwise it is no more than that there are no more. */
  readonly isCounted: boolean;
  /** Part of the list, not only known because it is open. */
  readonly isListed: boolean;
};

/**
 * The server's word. What has been read here already stays read, also if the answer is older; but for one that is
 * too far ahead to be synced: the database may have been restored, and the places that were read are others now.
 */
export function withSummary(
  entry: RoomEntry | undefined,
  summary: RoomSummary,
  ownUserId: string,
): RoomEntry {
  const { rev } = summary;
  if (!entry) {
    return { summary, detailsRev: rev, ahead: [], head: rev, isCounted: true, isListed: false };
  }
  if (rev - entry.summary.rev > PAGE_LIMITS.syncChangesBehind) {
    const anew = { ...entry, summary, detailsRev: rev, ahead: [], head: rev, isCounted: true };
    return withChanges(anew, entry.ahead, ownUserId);
  }
  // Read before changes that have arrived since: those are held, and of the rest it may be news all the same.
  if (rev < entry.summary.rev) {
    return withReadSeq(withRoom(entry, summary), ownUserId, summary.readSeq, ownUserId);
  }
  const members = withReadsOf(entry, summary.members);
  const taken = { ...entry, summary: { ...summary, members }, detailsRev: rev, isCounted: true };
  const held = { ...entry.summary, rev: entry.detailsRev, muted: summary.muted };
  const newest = rev < entry.detailsRev ? withRoom(taken, held) : taken;
  const read = withReadSeq(newest, ownUserId, entry.summary.readSeq, ownUserId);
  // Counted from an older place, and nothing has been said since: here it is known better.
  const isKnown = rev === entry.summary.rev && entry.isCounted && !read.isCounted;
  const known = isKnown ? withCount(read, entry.summary.unread) : read;
  return withChanges(known, [], ownUserId);
}

/** Changes of the room's timeline, in whatever order, any number of times. */
export function withChanges(
  entry: RoomEntry,
  changes: readonly Message[],
  ownUserId: string,
): RoomEntry {
  const { taken, ahead } = takeContiguous(entry.summary.rev, entry.ahead, changes);
  const summary = taken.reduce(
    (before, change) => withChange(before, change, ownUserId),
    entry.summary,
  );
  const head = Math.max(entry.head, summary.rev, ahead.at(-1)?.rev ?? 0);
  const isCounted = entry.isCounted || summary.unread === 0;
  return { ...entry, summary, ahead: ahead.slice(0, AHEAD_CHANGES_MAX), head, isCounted };
}

export function withHead(entry: RoomEntry, rev: number): RoomEntry {
  return rev <= entry.head ? entry : { ...entry, head: rev };
}

/**
 * `room:changed`: who is in it, what it is called, whether one hears of it; its timeline comes as changes. Two nodes'
 * words come in any order: the older one says nothing of what both say.
 */
export function withRoom(entry: RoomEntry, room: ChangedRoom): RoomEntry {
  const { title, memberCount, muted = entry.summary.muted } = room;
  if (room.rev < entry.detailsRev) return { ...entry, summary: { ...entry.summary, muted } };
  const members = withReadsOf(entry, room.members);
  const summary = { ...entry.summary, title, members, memberCount, muted };
  return { ...entry, summary, detailsRev: room.rev };
}

/** What is known to have been read stays read. */
function withReadsOf({ summary }: RoomEntry, members: readonly Member[]): Member[] {
  const readSeqs = new Map(summary.members.map(({ userId, readSeq }) => [userId, readSeq]));
  return members.map((member) => ({
    ...member,
    readSeq: Math.max(member.readSeq, readSeqs.get(member.userId) ?? 0),
  }));
}

/** A member has read up to `seq`. Forward only. */
export function withReadSeq(
  entry: RoomEntry,
  userId: string,
  seq: number,
  ownUserId: string,
): RoomEntry {
  const members = entry.summary.members.map((member) =>
    member.userId === userId && member.readSeq < seq ? { ...member, readSeq: seq } : member,
  );
  const summary = { ...entry.summary, members };
  if (userId !== ownUserId || seq <= summary.readSeq) return { ...entry, summary };
  // How many of the rest are others' texts only the server knows; never more than there are.
  const unread = Math.min(summary.unread, Math.max(0, summary.lastSeq - seq));
  return { ...entry, summary: { ...summary, readSeq: seq, unread }, isCounted: unread === 0 };
}

function withCount(entry: RoomEntry, unread: number): RoomEntry {
  return { ...entry, summary: { ...entry.summary, unread }, isCounted: true };
}

/** Something is known to be missing. */
export function isBehind(entry: RoomEntry): boolean {
  return entry.head > entry.summary.rev;
}

/** When something last happened there, for the order of the list. */
export function activityOf({ lastMessage, createdAt }: RoomSummary): number {
  return lastMessage?.createdAt ?? createdAt;
}

function withChange(summary: RoomSummary, change: Message, ownUserId: string): RoomSummary {
  const next = { ...summary, rev: change.rev };
  if (change.seq <= summary.lastSeq) return withNewerState(next, change, ownUserId);
  // Whoever writes has read what was before; renaming or inviting says nothing of that.
  const isSaid = change.kind === "text";
  const isOwn = isSaid && change.senderId === ownUserId;
  const isUnread = !isOwn && countsAsUnread(change) && change.seq > summary.readSeq;
  return {
    ...next,
    lastSeq: change.seq,
    lastMessage: change,
    members: summary.members.map((member) =>
      isSaid && member.userId === change.senderId ? { ...member, readSeq: change.seq } : member,
    ),
    readSeq: isOwn ? change.seq : summary.readSeq,
    unread: isOwn ? 0 : Math.min(PAGE_LIMITS.unread, summary.unread + (isUnread ? 1 : 0)),
  };
}

function withNewerState(summary: RoomSummary, change: Message, ownUserId: string): RoomSummary {
  const isLast = summary.lastMessage?.seq === change.seq;
  const isUnreadGone =
    change.deletedAt !== null && change.senderId !== ownUserId && change.seq > summary.readSeq;
  // At the cap the true count is unknown, and still at least the cap as far as anyone can tell.
  const isCounted = isUnreadGone && summary.unread < PAGE_LIMITS.unread;
  return {
    ...summary,
    lastMessage: isLast ? change : summary.lastMessage,
    unread: isCounted ? Math.max(0, summary.unread - 1) : summary.unread,
  };
}

/** Said by somebody else, and nothing has become of it yet: as far as its change tells. */
export function isNews(change: Message, ownUserId: string): boolean {
  const isUnchanged = change.editedAt === null && change.reactions.length === 0;
  return change.senderId !== ownUserId && countsAsUnread(change) && isUnchanged;
}

function countsAsUnread(message: Message): boolean {
  return message.kind === "text" && message.deletedAt === null;
}
