import { entriesOf, groupBy } from "./entries.ts";
import {
  type Commit,
  firstWordOf,
  resyncsOf,
  type Standing,
  standingSockets,
  type Words,
  wordsOf,
} from "./heard.ts";
import type { EntryOf, History, Violation } from "./history.ts";
import { maySee, type Stay, staysOf } from "./membership.ts";
import { tokensBySocket, wasValid } from "./tokens.ts";

/** A message that was committed while something was broken, on its way to one socket of the same node. */
export type Serving = {
  roomId: string;
  commit: Commit;
  to: Standing;
  /** Since the commit. Infinite: never. */
  servedMs: number;
};

/** While something is broken, whoever is on the node of who writes is served as if it were not. */
export function findNotServed(history: History, withinMs: number): Violation[] {
  return servingsOf(history, withinMs).flatMap(({ roomId, commit, to, servedMs }): Violation[] => {
    if (servedMs <= withinMs) return [];
    const { seq, at } = commit;
    const when = Number.isFinite(servedMs) ? `after ${servedMs} ms` : "never";
    const what = `${seq} came to another socket of the same node ${when}; ${withinMs} ms are promised`;
    return [{ rule: "unserved", roomId, seq, client: to.client, at, what }];
  });
}

/** To every socket that stood on the committing node, as its user's, for so long from the commit on. */
export function servingsOf(history: History, withinMs: number): Serving[] {
  const struck = entriesOf(history.entries, "struck");
  const words = wordsOf(history);
  const resyncs = resyncsOf(history);
  const tokens = tokensBySocket(history);
  const stays = new Map(history.rooms.map((room) => [room.roomId, staysOf(room)]));
  const standing = standingSockets(history);
  return committedOn(history, standing).flatMap(({ roomId, commit, by }) => {
    if (!struck.some(({ at, until }) => commit.at >= at && commit.at <= until)) return [];
    const dueAt = commit.at + withinMs;
    const isDue = (to: Standing) =>
      to.nodeId === by.nodeId &&
      to.socket !== by.socket &&
      to.from <= commit.at &&
      to.until >= dueAt &&
      isMember(stays.get(roomId)?.get(to.userId) ?? [], commit, dueAt) &&
      wasValid(tokens, to.socket, commit.at, dueAt);
    return standing.filter(isDue).map((to): Serving => {
      const told = words.get(`${to.socket} ${roomId}`);
      const at = to.repairs
        ? arrivalOf(commit, told)
        : firstWordOf(commit, told, resyncs.get(to.socket) ?? []);
      return { roomId, commit, to, servedMs: Math.max(at - commit.at, 0) };
    });
  });
}

function isMember(stays: readonly Stay[], commit: Commit, until: number): boolean {
  return stays.some(
    (stay) => maySee([stay], commit) && stay.fromAt <= commit.at && stay.untilAt >= until,
  );
}

/** Who repairs must have it itself, whichever way. */
function arrivalOf(commit: Commit, words: Words | undefined): number {
  const states = words?.states.get(commit.seq) ?? [];
  return Math.min(...states.filter(({ rev }) => rev >= commit.rev).map(({ at }) => at));
}

type Committed = { roomId: string; commit: Commit; by: Standing };

/** What was sent once and answered as new: its sender's socket tells which node committed it. */
function committedOn({ entries, rooms }: History, standing: readonly Standing[]): Committed[] {
  const sockets = new Map(standing.map((one) => [one.socket, one]));
  const asked = groupBy(entriesOf(entries, "asked").filter(isSend), nameOf);
  const fresh = new Set(
    entriesOf(entries, "acknowledged").flatMap((one) => (one.duplicate ? [] : [nameOf(one)])),
  );
  const answers = entriesOf(entries, "answered").filter(
    (answer) =>
      isSend(answer) && fresh.has(nameOf(answer)) && asked.get(nameOf(answer))?.length === 1,
  );
  const committed = new Map(answers.map((answer) => [nameOf(answer), answer.socket]));
  return rooms.flatMap(({ roomId, messages, commits }) => {
    const firsts = new Map([...commits].reverse().map((commit) => [commit.seq, commit]));
    return messages.flatMap(({ senderId, clientId, seq }): Committed[] => {
      const name = nameOf({ userId: senderId, clientId: clientId ?? undefined });
      const by = sockets.get(committed.get(name) ?? -1);
      const commit = firsts.get(seq);
      return clientId !== null && by && commit ? [{ roomId, commit, by }] : [];
    });
  });
}

function isSend({ event }: Pick<EntryOf<"asked">, "event">): boolean {
  return event === "message:send";
}

function nameOf({ userId, clientId }: { userId: string; clientId?: string | undefined }): string {
  return `${userId} ${clientId}`;
}
