import { entriesOf, groupBy } from "./entries.ts";
import type { EntryOf, History, Violation } from "./history.ts";
import { staysOf } from "./membership.ts";

/** Shorter ones say nothing about a rate. */
const LASTED_MS = 2_000;
/** What was under way when it struck is answered, and people think before they write. */
const SETTLED_MS = 500;
/** A person here writes some four times a second. */
const PER_SECOND = 1;

type Struck = EntryOf<"struck">;

/** While something is broken, whoever is connected all the time to what is not goes on talking. */
export function findSilenced({ entries, rooms }: History): Violation[] {
  const stays = rooms.map(staysOf);
  const acknowledged = groupBy(
    entriesOf(entries, "acknowledged").filter(({ duplicate }) => !duplicate),
    ({ client }) => client,
  );
  return entriesOf(entries, "struck").flatMap((struck) => {
    const from = struck.at + SETTLED_MS;
    const lastedMs = struck.until - from;
    if (lastedMs < LASTED_MS) return [];
    const least = Math.floor((lastedMs / 1_000) * PER_SECOND);
    // Whoever comes and goes may have no room to write into.
    const isMember = (userId: string) =>
      stays.some((room) =>
        room
          .get(userId)
          ?.some(({ fromAt, untilAt }) => fromAt <= struck.at && untilAt >= struck.until),
      );
    return talkingThrough(entries, struck, isMember).flatMap((client): Violation[] => {
      const during = (acknowledged.get(client) ?? []).filter(
        ({ at }) => at >= from && at <= struck.until,
      );
      if (during.length >= least) return [];
      const what = `${during.length} sends were acknowledged within ${lastedMs} ms: ${struck.fault}`;
      return [{ rule: "unserved", client, at: struck.until, what }];
    });
  });
}

/** Clients that go on writing afterwards, on one socket to a node that was not struck. */
function talkingThrough(
  entries: History["entries"],
  { at, until, nodeId }: Struck,
  isMember: (userId: string) => boolean,
): string[] {
  const closedAt = new Map(
    entriesOf(entries, "closed").map((closed) => [closed.socket, closed.at]),
  );
  const standing = entriesOf(entries, "ready").filter(
    (ready) =>
      ready.repairs &&
      isMember(ready.userId) &&
      ready.at <= at &&
      (closedAt.get(ready.socket) ?? Number.POSITIVE_INFINITY) >= until &&
      ready.nodeId !== nodeId,
  );
  const writing = new Set(
    entriesOf(entries, "sent").flatMap((sent) =>
      sent.at >= until - SETTLED_MS ? [sent.client] : [],
    ),
  );
  return [...new Set(standing.map(({ client }) => client))].filter((client) => writing.has(client));
}

/** While something is broken, no plain socket is cut off. */
export function findCutOff({ entries }: History): Violation[] {
  const plain = new Map(
    entriesOf(entries, "ready")
      .filter(({ repairs }) => !repairs)
      .map(({ socket, client }) => [socket, client]),
  );
  return entriesOf(entries, "struck").flatMap(({ at, until, fault }) =>
    entriesOf(entries, "closed").flatMap((closed): Violation[] => {
      const client = plain.get(closed.socket);
      if (client === undefined || closed.at < at || closed.at > until) return [];
      const what = `the connection ended while nothing should have ended it: ${fault}`;
      return [{ rule: "unserved", client, at: closed.at, what }];
    }),
  );
}
