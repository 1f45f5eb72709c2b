import { entriesOf } from "./entries.ts";
import type { Entry, EntryOf, History } from "./history.ts";
import { ENDED, EXPIRING, GUEST, ROOM } from "./invented.ts";
import {
  after,
  departureOf,
  type Plant,
  signal,
  socketOf,
  textsOf,
  told,
  withMore,
} from "./planting.ts";

/** What is told to somebody who may not know. */
export const TOLD_WRONGLY: readonly Plant[] = [
  {
    what: "a message told to who had left",
    rule: "leak",
    says: /was told at \d+ to somebody who was a member from/,
    into(run) {
      const left = departureOf(run);
      const later = left && after(run, left);
      return later && withMore(run, told(run, GUEST, later, later.createdAt + 5));
    },
  },
  {
    what: "a message on the screen of who never may see it",
    rule: "leak",
    says: /was on the screen of somebody/,
    into: (run) =>
      withMore(run, {
        ...{ kind: "shown", at: run.endsAt, client: GUEST, userId: GUEST, roomId: ROOM, seq: 1 },
      }),
  },
  ...(["room:typing", "room:read"] as const).map(
    (name): Plant => ({
      what: `${name} on a socket that knows that it has left`,
      rule: "leak",
      says: new RegExp(`^${name} of owner was told after this socket had been told`),
      into(run) {
        const left = departureOf(run);
        return (
          left && withMore(run, signal(run, GUEST, { name, at: left.createdAt + 400, seq: 1 }))
        );
      },
    }),
  ),
  ...(["room:changed", "room:head"] as const).map(
    (name): Plant => ({
      what: `${name} of a room's later state, to who had left`,
      rule: "leak",
      says: new RegExp(`^${name} was told of rev \\d+, to no member as of then$`),
      into(run) {
        const left = departureOf(run);
        if (!left) return undefined;
        const entry = signal(run, GUEST, { name, at: left.createdAt + 1, rev: left.rev });
        const { about: _, ...without } = entry;
        return withMore(run, without);
      },
    }),
  ),
  {
    what: "who types, long after a plain member was removed by a node that told them nothing",
    rule: "leak",
    says: /^room:typing of owner was told \d+ ms after the end$/,
    into(run) {
      const left = departureOf(run);
      if (!left) return undefined;
      const entries = run.entries.flatMap((entry): Entry[] => {
        if (entry.kind === "left") return [];
        if (entry.kind === "signal" && entry.name === "room:removed") return [];
        return [
          entry.kind === "ready" && entry.client === GUEST ? { ...entry, repairs: false } : entry,
        ];
      });
      const silent = { ...run, entries };
      return withMore(silent, signal(run, GUEST, { at: left.createdAt + 1_600 }));
    },
  },
  {
    what: "who is there, to who shares no room with them any more",
    rule: "leak",
    says: /^presence:changed of owner was told of somebody with whom no room is shared/,
    into(run) {
      const left = departureOf(run);
      if (!left) return undefined;
      const entries = run.entries.map((entry) =>
        entry.kind === "ready" && entry.client === GUEST ? { ...entry, repairs: false } : entry,
      );
      const { roomId: _, ...entry } = signal(run, GUEST, { name: "presence:changed" });
      return withMore({ ...run, entries }, { ...entry, at: left.createdAt + 1_600 });
    },
  },
  {
    what: "a change that overtakes the one before it",
    rule: "order",
    says: /^rev \d+ was told after rev \d+, and nothing had said that it is missing$/,
    into: (run) => overtaken(run)?.run,
  },
  {
    what: "a change that overtakes the one before it, long after its message was sent again",
    rule: "order",
    says: /^rev \d+ was told after rev \d+, and nothing had said that it is missing$/,
    into(run) {
      const { late, run: wrong } = overtaken(run, 3_000) ?? {};
      const { senderId: userId, clientId } = late?.message ?? {};
      if (!late || !wrong || !userId || !clientId) return undefined;
      const at = late.at - 2_990;
      const asked = {
        ...{ id: -1, client: userId, socket: socketOf(run, userId), userId, clientId },
        ...{ event: "message:send", roomId: ROOM },
      };
      return withMore(
        wrong,
        { kind: "asked", at, ...asked },
        { kind: "answered", at: at + 10, askedAt: at, outcome: "ok", ...asked },
      );
    },
  },
  {
    what: "a change that is told twice, though it was sent once",
    rule: "doubled",
    says: /^rev \d+ was told 2 times, and sent [01] times$/,
    into(run) {
      const one = entriesOf(run.entries, "arrived").find(({ client }) => client === ENDED);
      return one && withMore(run, { ...one, at: one.at + 1 });
    },
  },
  {
    what: "a message committed after the token had run out",
    rule: "leak",
    says: /was told \d+ ms after the token had run out$/,
    into(run) {
      const late = textsOf(run).find(({ createdAt }) => createdAt > 1_004_600);
      return late && withMore(run, told(run, EXPIRING, late, late.createdAt + 5));
    },
  },
  {
    what: "anything after token:expired",
    rule: "leak",
    says: /was told after this socket had been told that its token has run out$/,
    into(run) {
      const expired = run.entries.find(
        (entry) => entry.kind === "signal" && entry.name === "token:expired",
      );
      return expired && withMore(run, signal(run, EXPIRING, { at: expired.at + 1 }));
    },
  },
  {
    what: "who types, after a token that has run out unnoticed",
    rule: "leak",
    says: /^room:typing of owner was told \d+ ms after the end that was due$/,
    into(run) {
      const entries = run.entries.filter(
        (entry) => !(entry.kind === "signal" && entry.name === "token:expired"),
      );
      return withMore({ ...run, entries }, signal(run, EXPIRING, { at: 1_006_100 }));
    },
  },
  {
    what: "a message committed after the session had ended",
    rule: "leak",
    says: /ms after the session had ended$/,
    into(run) {
      const end = entriesOf(run.entries, "session ended")[0];
      const late = textsOf(run).find(({ createdAt }) => end && createdAt > end.at + 1_500);
      return late && withMore(run, told(run, ENDED, late, late.createdAt + 5));
    },
  },
  {
    what: "anything after session:closed",
    rule: "leak",
    says: /was told after the session was closed$/,
    into(run) {
      const end = entriesOf(run.entries, "session ended")[0];
      return end && withMore(run, signal(run, ENDED, { at: end.at + 10 }));
    },
  },
];

/** The last two words of one person come in the other order, the second so much later. */
function overtaken(
  run: History,
  laterMs = 0,
): { run: History; late: EntryOf<"arrived"> } | undefined {
  const own = entriesOf(run.entries, "arrived").filter(({ client, path }) => {
    return client === ENDED && path === "told";
  });
  const [one, other] = [own.at(-2), own.at(-1)];
  if (!one || !other) return undefined;
  const late = { ...other, at: other.at + laterMs, message: one.message };
  const others = run.entries.flatMap((entry): Entry[] => {
    if (entry === one) return [{ ...one, message: other.message }];
    return entry === other ? [] : [entry];
  });
  return { run: withMore({ ...run, entries: others }, late), late };
}
