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

/** What is known before an item: how many rows there are, of which day the last is, whether the divider stands. */
type Before = { readonly rowCount: number; readonly day: number; readonly hasDivider: boolean };

/**
 * The rows of one room for one reader: day separators in local time, one divider before what is new, and
 * bubbles grouped while author and minute stay the same and nothing stands between them. An unchanged
 * message stays the same row, and rows are made anew only from where something has changed: a room may
 * hold thousands.
 */
export class Rows {
  readonly #readerId: string;
  readonly #entries = new WeakMap<TimelineItem, Entry>();
  #items: readonly TimelineItem[] = [];
  #unreadAfterSeq: number | null = null;
  #rows: readonly Row[] = [];
  /** For each item. */
  #before: Before[] = [];

  constructor(readerId: string) {
    this.#readerId = readerId;
  }

  /** `unreadAfterSeq`: messages by others after this one are new to the reader; null draws no divider. */
  of(items: readonly TimelineItem[], unreadAfterSeq: number | null): readonly Row[] {
    const unchanged = unreadAfterSeq === this.#unreadAfterSeq ? this.#unchanged(items) : 0;
    if (unchanged === items.length && unchanged === this.#items.length) return this.#rows;
    this.#items = items;
    this.#unreadAfterSeq = unreadAfterSeq;
    // Whether a row ends its group, what follows it decides.
    this.#makeFrom(Math.max(0, unchanged - 1));
    return this.#rows;
  }

  #unchanged(items: readonly TimelineItem[]): number {
    const before = this.#items;
    let count = 0;
    while (count < items.length && items[count] === before[count]) count++;
    return count;
  }

  #makeFrom(first: number): void {
    const atBeginning = { rowCount: 0, day: 0, hasDivider: this.#unreadAfterSeq === null };
    const start = (first > 0 && this.#before[first]) || atBeginning;
    const rows = this.#rows.slice(0, start.rowCount);
    this.#before.length = first;
    let { day, hasDivider } = start;
    let previous = this.#entryAt(first - 1);
    let next = this.#entryAt(first);
    for (let index = first; next !== null; index++) {
      const entry = next;
      next = this.#entryAt(index + 1);
      this.#before.push({ rowCount: rows.length, day, hasDivider });
      // Days only go forward: what was written yesterday and is not sent yet stands last all the same.
      if (entry.day > day) {
        day = entry.day;
        rows.push({ kind: "day", key: `day-${day}`, atMs: entry.atMs });
        previous = null;
      }
      if (!hasDivider && this.#isNew(entry)) {
        rows.push({ kind: "unread", key: "unread" });
        hasDivider = true;
        previous = null;
      }
      const isLast = !joins(entry, next) || (!hasDivider && this.#isNew(next));
      rows.push(inGroup(entry, !joins(previous, entry), isLast));
      previous = entry;
    }
    this.#rows = rows;
  }

  #isNew(entry: Entry | null): boolean {
    if (entry?.row.kind !== "bubble" || entry.row.isOwn) return false;
    return entry.row.seq !== null && entry.row.seq > (this.#unreadAfterSeq ?? 0);
  }

  #entryAt(index: number): Entry | null {
    const item = this.#items[index];
    if (item === undefined) return null;
    const known = this.#entries.get(item);
    if (known) return known;
    const row = rowOf(item, this.#readerId);
    const atMs = row.kind === "notice" ? row.message.createdAt : row.atMs;
    const minute = Math.floor(atMs / MINUTE_MS);
    const entry = { row, atMs, day: localDay(atMs), minute, places: new Map() };
    this.#entries.set(item, entry);
    return entry;
  }
}

/** How many messages of others come after this one. */
export function countNewAfter(rows: readonly Row[], seq: number): number {
  let count = 0;
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index];
    if (row?.kind !== "bubble" || row.seq === null) continue;
    if (row.seq <= seq) break;
    if (!row.isOwn) count++;
  }
  return count;
}

/** Whether the second continues what the first says. */
function joins(first: Entry | null, second: Entry | null): boolean {
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
