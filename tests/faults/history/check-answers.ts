import { entriesOf, groupBy } from "./entries.ts";
import type { Allowances, EntryOf, History, Violation } from "./history.ts";
import { type Stay, staysOf } from "./membership.ts";

type Answered = EntryOf<"answered">;

/** To be tried again: nothing is known lost. */
const LATER: ReadonlySet<string> = new Set(["ok", "unavailable", "rate_limited"]);
/** A session may be over before its owner hears so. */
const ENDING_MS = 5_000;

/** A member's send with a valid token is taken, or is to be tried again: nothing else is an answer to it. */
export function findRefused(history: History): Violation[] {
  const stays = new Map(history.rooms.map((room) => [room.roomId, staysOf(room)]));
  const tokens = tokensOf(history);
  const renewedAt = renewalsOf(history);
  const endings = endingsOf(history);
  return entriesOf(history.entries, "answered").flatMap((answered): Violation[] => {
    const { event, outcome, socket, roomId = "", userId } = answered;
    if (event !== "message:send" || LATER.has(outcome) || !stays.has(roomId)) return [];
    const own = tokens.get(socket) ?? [];
    if (outcome === "token_expired" && mayHaveExpired(answered, own, renewedAt)) return [];
    const token = own.findLast(({ at }) => at <= answered.askedAt);
    const endedAt = token && endings.get(token.sessionId);
    const isEnded = endedAt !== undefined && endedAt <= answered.at + ENDING_MS;
    if (outcome === "session_revoked" && isEnded) return [];
    const isAway = !mayWrite(stays.get(roomId)?.get(userId) ?? [], answered);
    if (outcome === "not_found" && isAway) return [];
    return [unserved(answered, `a send was answered ${outcome}, and nothing explains it`)];
  });
}

/** Whether a token that had run out was in force while it was asked: until a renewal is answered that may be the old one. */
function mayHaveExpired(
  { at, askedAt }: Answered,
  tokens: readonly EntryOf<"token">[],
  renewedAt: (token: EntryOf<"token">) => number,
): boolean {
  return tokens.some((token, place) => {
    const next = tokens[place + 1];
    return token.expiresAt <= at && (next === undefined || renewedAt(next) >= askedAt);
  });
}

/** When the renewal was answered by which a token came; of the handshake's, when it was shown. */
function renewalsOf({ entries }: History): (token: EntryOf<"token">) => number {
  const renewals = entriesOf(entries, "answered").filter(({ event }) => event === "token:renew");
  const answeredAt = new Map(
    renewals.map(({ socket, askedAt, at }) => [`${socket} ${askedAt}`, at]),
  );
  return ({ socket, at }) => answeredAt.get(`${socket} ${at}`) ?? at;
}

/** A member all the time; and what is answered is not of an earlier stay. */
function mayWrite(stays: readonly Stay[], { askedAt, at, replyTo }: Answered): boolean {
  return stays.some(
    (stay) => stay.fromAt <= askedAt && stay.untilAt >= at && mayAnswer(stay, replyTo),
  );
}

function mayAnswer({ fromSeq }: Stay, replyTo: number | null | undefined): boolean {
  return (replyTo ?? fromSeq) >= fromSeq;
}

/** Whatever a member wrote during a stay that lasts is not shown as failed. */
export function findFailed({ entries, rooms, views }: History): Violation[] {
  const stays = new Map(rooms.map((room) => [room.roomId, staysOf(room)]));
  const sent = new Map(entriesOf(entries, "sent").map((one) => [one.clientId, one]));
  return views.flatMap(({ client, userId, roomId, pending }) =>
    pending.flatMap(({ clientId, state }): Violation[] => {
      const { at: from = Number.POSITIVE_INFINITY, replyTo } = sent.get(clientId) ?? {};
      const own = stays.get(roomId)?.get(userId) ?? [];
      const isMember = own.some(
        (stay) => stay.fromAt <= from && !Number.isFinite(stay.untilAt) && mayAnswer(stay, replyTo),
      );
      if (state !== "failed" || !isMember) return [];
      const what = "failed, though its author was a member all the time";
      return [{ rule: "lost", roomId, clientId, client, what }];
    }),
  );
}

/** The guard stands before every event: nothing that is asked after the end succeeds. */
export function findAnsweredAfterTheEnd(history: History, allowances: Allowances): Violation[] {
  const tokens = tokensOf(history);
  const endings = endingsOf(history);
  return entriesOf(history.entries, "answered").flatMap((answered): Violation[] => {
    const { event, outcome, askedAt, socket } = answered;
    if (outcome !== "ok" || event === "token:renew") return [];
    const token = tokens.get(socket)?.findLast(({ at }) => at <= askedAt);
    if (!token) return [];
    const endedAt = endings.get(token.sessionId) ?? Number.POSITIVE_INFINITY;
    const expired = askedAt - token.expiresAt - allowances.expiryMs;
    const revoked = askedAt - endedAt - allowances.revocationMs;
    if (expired <= 0 && revoked <= 0) return [];
    const end = expired > 0 ? "its token had run out" : "its session had ended";
    return [leak(answered, `${event} was answered though asked after ${end}`)];
  });
}

/** No request waits longer than promised for its answer while its connection stands. */
export function findUnanswered({ entries }: History, withinMs: number): Violation[] {
  const answered = new Map(entriesOf(entries, "answered").map((answer) => [answer.id, answer]));
  const closedAt = new Map(entriesOf(entries, "closed").map(({ socket, at }) => [socket, at]));
  const endsAt = entries.at(-1)?.at ?? 0;
  return entriesOf(entries, "asked").flatMap((asked): Violation[] => {
    const answer = answered.get(asked.id);
    const tookMs = answer ? answer.at - asked.at : Number.POSITIVE_INFINITY;
    const standsUntil = Math.min(closedAt.get(asked.socket) ?? endsAt, endsAt);
    if (tookMs <= withinMs || standsUntil < asked.at + withinMs) return [];
    const when = answer ? `after ${tookMs} ms` : "never";
    return [unserved(asked, `${asked.event} was answered ${when}; ${withinMs} ms are promised`)];
  });
}

function tokensOf({ entries }: History): Map<number, EntryOf<"token">[]> {
  return groupBy(entriesOf(entries, "token"), ({ socket }) => socket);
}

function endingsOf({ entries }: History): Map<string, number> {
  return new Map(entriesOf(entries, "session ended").map(({ sessionId, at }) => [sessionId, at]));
}

type About = Pick<Answered, "client" | "roomId" | "at">;

function unserved({ client, roomId, at }: About, what: string): Violation {
  return { rule: "unserved", client, at, what, ...(roomId === undefined ? {} : { roomId }) };
}

function leak({ client, roomId, at }: About, what: string): Violation {
  return { rule: "leak", client, at, what, ...(roomId === undefined ? {} : { roomId }) };
}
