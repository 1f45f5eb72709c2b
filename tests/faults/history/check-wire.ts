import { entriesOf, groupBy } from "./entries.ts";
import type { Entry, EntryOf, History, Violation } from "./history.ts";

type Told = EntryOf<"arrived">;
const SAYS_HOW_FAR: ReadonlySet<string> = new Set(["room:head", "room:added"]);
/** From the answer to a send on: all of its announcement is on its way by then. */
const RETOLD_WITHIN_MS = 1_000;

/**
 * A room's changes come over each socket in order of `rev`. Of one that comes after a later one the socket has been
 * told before that it is to be fetched; or its author is sending it again, and it is told again. What was committed before
 * the socket was ready is fetched in any case, and may come late by another node.
 */
export function findOvertaken(history: History): Violation[] {
  const isRetold = retellingsOf(history);
  const committedAt = commitTimesOf(history);
  const readyAt = new Map(
    entriesOf(history.entries, "ready").map(({ socket, at }) => [socket, at]),
  );
  return bySocketAndRoom(history).flatMap((words) => {
    const found: Violation[] = [];
    const seen = new Set<number>();
    /** What it knows of: all of the room up to this `rev`, and all that was committed until then. */
    const known = { rev: 0, at: readyAt.get(words[0]?.socket ?? -1) ?? 0 };
    let newest = 0;
    for (const entry of words) {
      if (entry.kind === "signal") {
        if (isResync(entry)) known.at = entry.at;
        else known.rev = Math.max(known.rev, entry.rev ?? 0);
        continue;
      }
      const { client, roomId, message } = entry;
      const { seq, rev } = message;
      const isKnown = rev <= known.rev || committedAt(roomId, rev) <= known.at;
      if (rev < newest && !isKnown && !seen.has(rev) && !isRetold(entry)) {
        const what = `rev ${rev} was told after rev ${newest}, and nothing had said that it is missing`;
        found.push({ rule: "order", roomId, seq, client, what });
      }
      seen.add(rev);
      newest = Math.max(newest, rev);
    }
    return found;
  });
}

/** Over one socket a change comes once, and once more for each time that its author sent the message again. */
export function findRepeated(history: History): Violation[] {
  const sends = sendsOf(history);
  return bySocketAndRoom(history).flatMap((words) => {
    const told = words.flatMap((entry) => (entry.kind === "arrived" ? [entry] : []));
    const byRev = groupBy(told, ({ message }) => message.rev);
    return [...byRev.values()].flatMap((times): Violation[] => {
      const [first] = times;
      if (!first || times.length <= Math.max(1, sends(first))) return [];
      const { client, roomId, message } = first;
      const what = `rev ${message.rev} was told ${times.length} times, and sent ${sends(first)} times`;
      return [{ rule: "doubled", roomId, seq: message.seq, client, what }];
    });
  });
}

/** What was told on one socket of one room, in its order, and what told it to fetch. */
function bySocketAndRoom({ entries }: History): (Told | EntryOf<"signal">)[][] {
  const told = entries.filter(
    (entry): entry is Told | EntryOf<"signal"> => isTold(entry) || isSaidOfRoom(entry),
  );
  const rooms = groupBy(told, (entry) => `${entry.socket} ${entry.roomId}`);
  const resyncs = groupBy(entriesOf(entries, "signal").filter(isResync), ({ socket }) => socket);
  return [...rooms.values()].map((words) => {
    const own = resyncs.get(words[0]?.socket ?? -1) ?? [];
    // In the order of what was noted: times may be equal.
    return own.length === 0 ? words : inOrderOf(entries, new Set<Entry>([...words, ...own]));
  });
}

function inOrderOf(
  entries: readonly Entry[],
  some: ReadonlySet<Entry>,
): (Told | EntryOf<"signal">)[] {
  return entries.filter((entry): entry is Told | EntryOf<"signal"> => some.has(entry));
}

function isTold(entry: Entry): boolean {
  return entry.kind === "arrived" && entry.path === "told";
}

function isSaidOfRoom(entry: Entry): boolean {
  return entry.kind === "signal" && entry.roomId !== undefined && SAYS_HOW_FAR.has(entry.name);
}

function isResync({ name }: EntryOf<"signal">): boolean {
  return name === "resync";
}

/** How often the message was sent, on whatever socket. */
function sendsOf(history: History): (told: Told) => number {
  const sends = sendsByMessage(history);
  return ({ message }) => sends.get(ofMessage(message))?.length ?? 0;
}

/** Whether the message was being sent for another time just then. Of a send without an answer that is never over. */
function retellingsOf(history: History): (told: Told) => boolean {
  const sends = sendsByMessage(history);
  const answeredAt = new Map(entriesOf(history.entries, "answered").map(({ id, at }) => [id, at]));
  const isUnderWay = ({ at, id }: EntryOf<"asked">, then: number) =>
    then >= at && then <= (answeredAt.get(id) ?? Number.POSITIVE_INFINITY) + RETOLD_WITHIN_MS;
  return ({ at, message }) => {
    const [, ...repeats] = sends.get(ofMessage(message)) ?? [];
    return repeats.some((send) => isUnderWay(send, at));
  };
}

function sendsByMessage({ entries }: History): Map<string, EntryOf<"asked">[]> {
  const sends = entriesOf(entries, "asked").filter(({ event }) => event === "message:send");
  return groupBy(sends, ({ userId, clientId }) => `${userId} ${clientId}`);
}

function ofMessage({ senderId, clientId }: Told["message"]): string {
  return `${senderId} ${clientId}`;
}

function commitTimesOf({ rooms }: History): (roomId: string, rev: number) => number {
  const times = new Map(
    rooms.flatMap(({ roomId, commits }) =>
      commits.map(({ rev, at }) => [`${roomId} ${rev}`, at] as const),
    ),
  );
  return (roomId, rev) => times.get(`${roomId} ${rev}`) ?? Number.POSITIVE_INFINITY;
}
