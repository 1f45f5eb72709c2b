import { entriesOf, groupBy } from "./entries.ts";
import type { Allowances, Entry, EntryOf, History, SignalName, Violation } from "./history.ts";
import { maySeeState, type Stay, staysOf, wasMemberUntil } from "./membership.ts";

/*
 * What is no message leaks, too: that a room was renamed, what others have read, who types, who is there. Most
 * of it has no number that would say when it was so. Two things are certain all the same: what a socket is
 * told after it was told the end comes after the end; and on a socket that nothing delays, what comes long
 * after the end does.
 */

type Signal = EntryOf<"signal">;
type Stays = ReadonlyMap<string, ReadonlyMap<string, readonly Stay[]>>;

/** From joining a room until being told of it: a barrier over all nodes lies between. */
const JOINING_MS = 250;
/** No client waits longer for the answer to a renewal. */
const RENEWING_MS = 10_000;
const OF_A_ROOM: ReadonlySet<SignalName> = new Set<SignalName>([
  ...(["room:changed", "room:read", "room:typing", "room:head"] as const),
]);
/** What a socket is told of itself. */
const OF_ITSELF: ReadonlySet<SignalName> = new Set<SignalName>(["token:expired", "session:closed"]);

/** Nothing of a room is told to who is no member of it, nor of people to whom they share no room with. */
export function findSignalLeaks(history: History, allowances: Allowances): Violation[] {
  const stays: Stays = new Map(history.rooms.map((room) => [room.roomId, staysOf(room)]));
  const turns = turnsToldBy(history);
  const { signalMs, unheededMs } = allowances;
  const undelayed = undelayedSockets(history);
  return history.entries.flatMap((entry, index): Violation[] => {
    if (entry.kind !== "signal" || entry.about === entry.userId) return [];
    const momentMs = undelayed.has(entry.socket) ? signalMs : undefined;
    const why = OF_A_ROOM.has(entry.name)
      ? whyNotOfRoom(entry, index, { stays, turns, momentMs, signalMs, unheededMs })
      : entry.name === "presence:changed"
        ? whyNotOfPerson(entry, stays, momentMs)
        : undefined;
    return why ? [leak(entry, why)] : [];
  });
}

type Known = {
  stays: Stays;
  turns: ReadonlyMap<string, readonly Turn[]>;
  momentMs: number | undefined;
  signalMs: number | undefined;
  unheededMs: number;
};
/** A socket was told that its user is in a room, or is in it no more. */
type Turn = Place & { isEnd: boolean };
type Place = { index: number; at: number };

function whyNotOfRoom(signal: Signal, index: number, known: Known): string | undefined {
  const { at, userId, roomId = "", rev, socket } = signal;
  const { stays: all, turns, momentMs, signalMs } = known;
  const stays = all.get(roomId)?.get(userId) ?? [];
  if (!all.has(roomId)) return undefined;
  if (!stays.some(({ fromAt }) => fromAt <= at)) return "to somebody who was no member yet";
  const isUnheeded = wasMemberUntil(stays, at, known.unheededMs);
  if (rev !== undefined && !maySeeState(stays, rev, at) && !isUnheeded) {
    return `of rev ${rev}, to no member as of then`;
  }
  if (signalMs === undefined || wasMemberUntil(stays, at, 0)) return undefined;
  const endedAt = Math.max(...stays.map(({ untilAt }) => untilAt).filter((end) => end <= at));
  const told = turns.get(`${socket} ${roomId}`) ?? [];
  if (isAfterTheEnd(told, { index, at }, endedAt))
    return "after this socket had been told that it was the end";
  if (momentMs === undefined || wasMemberUntil(stays, at, momentMs)) return undefined;
  return `${at - endedAt} ms after the end`;
}

/** What comes right before `room:added` is of the next stay: one joins first and is told then. */
function isAfterTheEnd(turns: readonly Turn[], { index, at }: Place, endedAt: number): boolean {
  const before = turns.findLast((turn) => turn.index < index);
  const next = turns.find((turn) => turn.index > index);
  const isJoining = next?.isEnd === false && next.at - at <= JOINING_MS;
  return before?.isEnd === true && before.at >= endedAt && !isJoining;
}

function whyNotOfPerson(
  { at, userId, about = "" }: Signal,
  all: Stays,
  momentMs: number | undefined,
): string | undefined {
  if (momentMs === undefined) return undefined;
  const shared = [...all.values()].some((stays) =>
    [userId, about].every((one) => wasMemberUntil(stays.get(one) ?? [], at, momentMs)),
  );
  return shared ? undefined : "of somebody with whom no room is shared any more";
}

function turnsToldBy({ entries }: History): Map<string, Turn[]> {
  const turns = entries.flatMap((entry, index) => {
    if (entry.kind !== "left" && entry.kind !== "signal") return [];
    const isBegin = entry.kind === "signal" && entry.name === "room:added";
    const isEnd = entry.kind === "left" || entry.name === "room:removed";
    if (!isBegin && !isEnd) return [];
    return [{ key: `${entry.socket} ${entry.roomId}`, index, at: entry.at, isEnd }];
  });
  return groupBy(turns, ({ key }) => key);
}

/** Plain sockets have no network of their own that faults could slow down. */
function undelayedSockets({ entries }: History): Set<number> {
  const plain = entriesOf(entries, "ready").filter(({ repairs }) => !repairs);
  return new Set(plain.map(({ socket }) => socket));
}

/** Nothing at all is told to a socket that was told its end, or long after its token's or session's end. */
export function findToldToTheEnded(history: History, allowances: Allowances): Violation[] {
  const { entries } = history;
  const tokens = groupBy(entriesOf(entries, "token"), ({ socket }) => socket);
  const sessions = new Map(
    entriesOf(entries, "session ended").map((end) => [end.sessionId, end.at]),
  );
  const undelayed = undelayedSockets(history);
  const renewals = renewalsOf(history);
  const closed = new Set<number>();
  const expiredAt = new Map<number, number>();
  const found: Violation[] = [];
  for (const entry of entries) {
    if (!isTold(entry)) continue;
    const own = tokens.get(entry.socket) ?? [];
    const token = own.findLast(({ at }) => at <= entry.at);
    const endAt = token && endOf(token, sessions, allowances);
    const isLate = undelayed.has(entry.socket) && entry.kind === "signal" && endAt !== undefined;
    if (entry.kind === "signal" && OF_ITSELF.has(entry.name)) {
      if (entry.name === "session:closed") closed.add(entry.socket);
      else expiredAt.set(entry.socket, entry.at);
    } else if (closed.has(entry.socket)) found.push(leak(entry, "after the session was closed"));
    else if (isExpired(expiredAt.get(entry.socket), renewals.get(entry.socket) ?? [], entry.at)) {
      found.push(leak(entry, "after this socket had been told that its token has run out"));
    } else if (
      isLate &&
      allowances.signalMs !== undefined &&
      entry.at > endAt + allowances.signalMs
    ) {
      found.push(leak(entry, `${Math.round(entry.at - endAt)} ms after the end that was due`));
    }
  }
  return found;
}

function isTold(entry: Entry): entry is Signal | EntryOf<"arrived"> {
  return entry.kind === "signal" || (entry.kind === "arrived" && entry.path === "told");
}

/**
 * A renewal may have been asked for before the end was told, and taken without the answer ever arriving: then
 * it may be that the socket hears again.
 */
function renewalsOf({ entries }: History): Map<number, number[]> {
  const refused = new Set(
    entriesOf(entries, "answered").flatMap(({ id, outcome }) => (outcome === "ok" ? [] : [id])),
  );
  const asked = entriesOf(entries, "asked").filter(
    ({ event, id }) => event === "token:renew" && !refused.has(id),
  );
  const bySocket = groupBy(asked, ({ socket }) => socket);
  return new Map([...bySocket].map(([socket, all]) => [socket, all.map(({ at }) => at)]));
}

function isExpired(
  expiredAt: number | undefined,
  renewedAt: readonly number[],
  at: number,
): boolean {
  if (expiredAt === undefined) return false;
  return !renewedAt.some((renewal) => renewal >= expiredAt - RENEWING_MS && renewal <= at);
}

function endOf(
  { expiresAt, sessionId }: EntryOf<"token">,
  sessions: ReadonlyMap<string, number>,
  { expiryMs, revocationMs }: Allowances,
): number {
  const endedAt = sessions.get(sessionId) ?? Number.POSITIVE_INFINITY;
  return Math.min(expiresAt + expiryMs, endedAt + revocationMs);
}

function leak(entry: Signal | EntryOf<"arrived">, why: string): Violation {
  const { client, roomId } = entry;
  const what =
    entry.kind === "signal"
      ? `${entry.name}${entry.about ? ` of ${entry.about}` : ""}`
      : `${entry.message.seq} (rev ${entry.message.rev})`;
  const place = entry.kind === "signal" ? entry.seq : entry.message.seq;
  return {
    ...{ rule: "leak", client, at: entry.at, what: `${what} was told ${why}` },
    ...(roomId === undefined ? {} : { roomId }),
    ...(place === undefined ? {} : { seq: place }),
  };
}
