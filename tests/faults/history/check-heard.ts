import { entriesOf } from "./entries.ts";
import {
  type Commit,
  firstWordOf,
  resyncsOf,
  type Standing,
  standingSockets,
  wordsOf,
} from "./heard.ts";
import type { Allowances, Entry, History, Violation } from "./history.ts";
import { maySee, type Stay, staysOf } from "./membership.ts";
import { tokensBySocket, wasValid } from "./tokens.ts";

/** What was committed so shortly before a fault may have been on its way when it struck. */
const UNDER_WAY_MS = 1_000;

/**
 * Whatever is committed, an edit as much as a message, every member's socket that stands gets it in time, or
 * `room:head`, or `resync`: then it knows at least that there is something. `healedMs` instead of `heardMs`: what
 * was committed while something was broken, or just before, has its time from the end of that on.
 */
export function findUnheard(
  history: History,
  { heardMs, healedMs }: Pick<Allowances, "heardMs" | "healedMs">,
): Violation[] {
  const withinMs = heardMs ?? healedMs;
  if (withinMs === undefined) return [];
  const dueFrom = heardMs === undefined ? fromTheEndOf(history) : (at: number) => at;
  const words = wordsOf(history);
  const resyncs = resyncsOf(history);
  const standing = standingSockets(history);
  const tokens = tokensBySocket(history);
  return history.rooms.flatMap((room) => {
    const stays = staysOf(room);
    return standing.flatMap((socket) => {
      const own = stays.get(socket.userId) ?? [];
      const told = words.get(`${socket.socket} ${room.roomId}`);
      const resynced = resyncs.get(socket.socket) ?? [];
      const due = room.commits.filter(
        (commit) =>
          isDue(commit, own, socket, dueFrom(commit.at) + withinMs) &&
          wasValid(tokens, socket.socket, commit.at, dueFrom(commit.at) + withinMs),
      );
      return due.flatMap((commit): Violation[] => {
        const heardAt = firstWordOf(commit, told, resynced);
        if (heardAt <= dueFrom(commit.at) + withinMs) return [];
        return [late(room.roomId, socket, commit, heardAt, withinMs)];
      });
    });
  });
}

/** Whether somebody has not heard of something by now, and it is not too late yet: it would be judged only by then. */
export function isSomethingUnheard(
  history: History,
  allowances: Pick<Allowances, "heardMs" | "healedMs">,
  now: number,
): boolean {
  const seenAt = (at: number): History => {
    const look: Entry = { kind: "fault", at, what: "somebody looks" };
    return { ...history, entries: [...history.entries, look] };
  };
  const later = now + 2 * (allowances.heardMs ?? allowances.healedMs ?? 0);
  const late = findUnheard(seenAt(now), allowances);
  return findUnheard(seenAt(later), allowances).length > late.length;
}

function isDue(
  commit: Commit,
  stays: readonly Stay[],
  { from, until }: Standing,
  dueAt: number,
): boolean {
  if (commit.at < from || dueAt > until) return false;
  return stays.some((stay) => maySee([stay], commit) && stay.untilAt >= dueAt);
}

/** From when on the time counts of what was committed then: that end may lie in the middle of the next fault. */
function fromTheEndOf({ entries }: History): (at: number) => number {
  const struck = entriesOf(entries, "struck").sort((one, other) => one.at - other.at);
  return (at) =>
    struck.reduce(
      (from, { at: begun, until }) => (from > begun - UNDER_WAY_MS && from < until ? until : from),
      at,
    );
}

function late(
  roomId: string,
  { client }: Standing,
  { seq, rev, at }: Commit,
  heardAt: number,
  withinMs: number,
): Violation {
  const when = Number.isFinite(heardAt) ? `after ${heardAt - at} ms` : "never";
  const what = `rev ${rev} (${seq}) was heard of ${when}; ${withinMs} ms are promised`;
  return { rule: "late", roomId, seq, client, what };
}
