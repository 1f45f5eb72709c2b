import type { Delivery, PendingMessage, TimelineItem } from "@moim/client";
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

/**
 * The rows of a room: day separators in local time, one divider before what is new, and bubbles
 * grouped while author and minute stay the same and nothing stands between them.
 */
export function timelineRows(items: readonly TimelineItem[], context: RowsContext): Row[] {
  const rows: Row[] = [];
  let day: string | null = null;
  let hasDivider = context.unreadAfterSeq === null;
  for (const item of items) {
    const entry =
      item.kind === "message"
        ? rowOfMessage(item.key, item.message, context.readerId)
        : rowOfPending(item.key, item.pending, context.readerId);
    const atMs = entry.kind === "notice" ? entry.message.createdAt : entry.atMs;
    const ownDay = localDay(atMs);
    if (ownDay !== day) {
      rows.push({ kind: "day", key: `day-${ownDay}`, atMs });
      day = ownDay;
    }
    if (!hasDivider && isNewToReader(entry, context.unreadAfterSeq ?? 0)) {
      rows.push({ kind: "unread", key: "unread" });
      hasDivider = true;
    }
    joinGroup(rows.at(-1), entry);
    rows.push(entry);
  }
  return rows;
}

/** Marks both neighbours where the second continues the first. */
function joinGroup(previous: Row | undefined, entry: Row): void {
  if (entry.kind !== "bubble" || previous?.kind !== "bubble") return;
  if (previous.authorId !== entry.authorId) return;
  if (Math.floor(previous.atMs / MINUTE_MS) !== Math.floor(entry.atMs / MINUTE_MS)) return;
  // What failed keeps its own line: its reason and its buttons belong to it alone.
  if (previous.delivery?.state === "failed" || entry.delivery?.state === "failed") return;
  previous.isLastOfGroup = false;
  entry.isFirstOfGroup = false;
}

function isNewToReader(entry: Row, unreadAfterSeq: number): boolean {
  return (
    entry.kind === "bubble" && !entry.isOwn && entry.seq !== null && entry.seq > unreadAfterSeq
  );
}

function rowOfMessage(
  key: string,
  message: Message,
  readerId: string,
): Bubble | (Row & { kind: "notice" }) {
  if (message.kind === "notice") return { kind: "notice", key, message };
  return {
    kind: "bubble",
    key,
    authorId: message.senderId,
    isOwn: message.senderId === readerId,
    text: message.deletedAt === null ? message.text : null,
    atMs: message.createdAt,
    seq: message.seq,
    clientId: message.clientId,
    delivery: null,
    isFirstOfGroup: true,
    isLastOfGroup: true,
  };
}

function rowOfPending(key: string, pending: PendingMessage, readerId: string): Bubble {
  return {
    kind: "bubble",
    key,
    authorId: readerId,
    isOwn: true,
    text: pending.text,
    atMs: pending.createdAt,
    seq: null,
    clientId: pending.clientId,
    delivery: pending.delivery,
    isFirstOfGroup: true,
    isLastOfGroup: true,
  };
}

function localDay(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
