import type { Delivery, TimelineItem } from "@moim/client";
import type { Message } from "@moim/protocol";

const MINUTE_MS = 60_000;

/** What is said in one bubble, confirmed or not. */
export type Bubble = {
  kind: "bubble";
  key: string;
  authorId: string;
  isOwn: boolean;
  /** Null once deleted. */
  text: string | null;
  atMs: number;
  /** Null while it is not confirmed. */
  seq: number | null;
  clientId: string | null;
  delivery: Delivery | null;
  /** The `seq` of the message that this one answers. */
  replyTo: number | null;
  isEdited: boolean;
  reactions: Message["reactions"];
  /** Names and pictures stand on the first of a group, times on the last. */
  isFirstOfGroup: boolean;
  isLastOfGroup: boolean;
};

export type Row =
  | { kind: "day"; key: string; atMs: number }
  | { kind: "unread"; key: string }
  | { kind: "notice"; key: string; message: Message }
  | Bubble;

export type RowsContext = {
  readerId: string;
  /** Messages by others after this one are new to the reader; null draws no divider. */
  unreadAfterSeq: number | null;
};

/** What is known of an item without its neighbours, and the rows it has been so far. */
type Entry = {
  readonly row: Bubble | (Row & { kind: "notice" });
  readonly atMs: number;
  /** Of the reader's calendar, as a number that grows. */
  readonly day: number;
  readonly minute: number;
  /** By its place in a group: alone, first, last, between. */
  readonly places: Map<number, Bubble>;
};

/** Rows made before, so that an unchanged message stays the same row. One for each room and reader. */
export type RowCache = WeakMap<TimelineItem, Entry>;

/**
 * The rows of a room: day separators in local time, one divider before what is new, and bubbles
 * grouped while author and minute stay the same and nothing stands between them.
 */
export function timelineRows(
  items: readonly TimelineItem[],
  context: RowsContext,
  cache: RowCache = new WeakMap(),
): Row[] {
  const rows: Row[] = [];
  let previous: Entry | null = null;
  let lastDay = 0;
  let hasDivider = context.unreadAfterSeq === null;
  const entries = items.map((item) => entryOf(item, context.readerId, cache));
  for (const [index, entry] of entries.entries()) {
    // Days only go forward: what was written yesterday and is not sent yet stands last all the same.
    if (entry.day > lastDay) {
      lastDay = entry.day;
      rows.push({ kind: "day", key: `day-${entry.day}`, atMs: entry.atMs });
      previous = null;
    }
    if (!hasDivider && isNewToReader(entry.row, context.unreadAfterSeq ?? 0)) {
      rows.push({ kind: "unread", key: "unread" });
      hasDivider = true;
      previous = null;
    }
    const next = entries[index + 1];
    const isDividerNext =
      !hasDivider && next !== undefined && isNewToReader(next.row, context.unreadAfterSeq ?? 0);
    rows.push(inGroup(entry, !joins(previous, entry), isDividerNext || !joins(entry, next)));
    previous = entry;
  }
  return rows;
}

/** Whether the second continues what the first says. */
function joins(first: Entry | null, second: Entry | undefined): boolean {
  if (first?.row.kind !== "bubble" || second?.row.kind !== "bubble") return false;
  if (first.row.authorId !== second.row.authorId) return false;
  if (first.minute !== second.minute || first.day !== second.day) return false;
  // What failed keeps its own line: its reason and its buttons belong to it alone.
  return first.row.delivery?.state !== "failed" && second.row.delivery?.state !== "failed";
}

function inGroup({ row, places }: Entry, isFirstOfGroup: boolean, isLastOfGroup: boolean): Row {
  if (row.kind === "notice") return row;
  const place = (isFirstOfGroup ? 2 : 0) + (isLastOfGroup ? 1 : 0);
  const known = places.get(place);
  if (known) return known;
  const bubble = { ...row, isFirstOfGroup, isLastOfGroup };
  places.set(place, bubble);
  return bubble;
}

function isNewToReader(row: Row, unreadAfterSeq: number): boolean {
  return row.kind === "bubble" && !row.isOwn && row.seq !== null && row.seq > unreadAfterSeq;
}

function entryOf(item: TimelineItem, readerId: string, cache: RowCache): Entry {
  const known = cache.get(item);
  if (known) return known;
  const row = rowOf(item, readerId);
  const atMs = row.kind === "notice" ? row.message.createdAt : row.atMs;
  const minute = Math.floor(atMs / MINUTE_MS);
  const entry = { row, atMs, day: localDay(atMs), minute, places: new Map() };
  cache.set(item, entry);
  return entry;
}

const UNGROUPED = { kind: "bubble", isFirstOfGroup: true, isLastOfGroup: true } as const;

function rowOf(item: TimelineItem, readerId: string): Entry["row"] {
  if (item.kind === "pending") {
    const { text, createdAt, clientId, delivery, replyTo } = item.pending;
    return {
      ...UNGROUPED,
      key: item.key,
      authorId: readerId,
      isOwn: true,
      text,
      atMs: createdAt,
      seq: null,
      clientId,
      delivery,
      replyTo,
      isEdited: false,
      reactions: [],
    };
  }
  const { key, message } = item;
  if (message.kind === "notice") return { kind: "notice", key, message };
  const isDeleted = message.deletedAt !== null;
  return {
    ...UNGROUPED,
    key,
    authorId: message.senderId,
    isOwn: message.senderId === readerId,
    text: isDeleted ? null : message.text,
    atMs: message.createdAt,
    seq: message.seq,
    clientId: message.clientId,
    delivery: null,
    replyTo: isDeleted ? null : message.replyTo,
    isEdited: !isDeleted && message.editedAt !== null,
    reactions: message.reactions,
  };
}

function localDay(atMs: number): number {
  const date = new Date(atMs);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}
