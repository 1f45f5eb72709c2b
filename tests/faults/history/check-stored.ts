import { entriesOf, groupBy } from "./entries.ts";
import type { History, StoredRoom, Violation } from "./history.ts";

/** Acknowledged ⊆ stored, and nothing that a living outbox kept was forgotten. */
export function findLost({ entries, rooms, views }: History): Violation[] {
  const stored = new Map(
    rooms.flatMap((room) =>
      room.messages.flatMap(({ clientId, senderId, seq }) =>
        clientId ? [[`${room.roomId} ${senderId} ${clientId}`, seq] as const] : [],
      ),
    ),
  );
  const found: Violation[] = [];
  for (const { client, userId, roomId, clientId, seq } of entriesOf(entries, "acknowledged")) {
    const place = stored.get(`${roomId} ${userId} ${clientId}`);
    if (place === seq) continue;
    const instead = place === undefined ? "not stored" : `stored as ${place}`;
    const what = `acknowledged as ${seq}, ${instead}`;
    found.push({ rule: "lost", roomId, seq, clientId, client, what });
  }
  for (const { client, roomId, pending } of views) {
    for (const { clientId, state } of pending) {
      if (state === "failed") continue;
      const what = `still ${state} in the outbox after everything has come to rest`;
      found.push({ rule: "lost", roomId, clientId, client, what });
    }
  }
  return [...found, ...findForgotten({ entries, views }, stored)];
}

/** Sent by somebody whose screen is there at the end: stored, waiting or shown as failed, never gone. */
function findForgotten(
  { entries, views }: Pick<History, "entries" | "views">,
  stored: ReadonlyMap<string, number>,
): Violation[] {
  const living = new Map(views.map((view) => [`${view.client} ${view.roomId}`, view]));
  return entriesOf(entries, "sent").flatMap(({ client, userId, roomId, clientId }) => {
    const view = living.get(`${client} ${roomId}`);
    if (view?.state !== "ready" || stored.has(`${roomId} ${userId} ${clientId}`)) return [];
    if (view.pending.some((pending) => pending.clientId === clientId)) return [];
    const what = "sent, neither stored nor in the outbox any more";
    return [{ rule: "lost", roomId, clientId, client, what } as const];
  });
}

/** One row for each `clientId` of a sender. */
export function findStoredTwice({ rooms }: History): Violation[] {
  return rooms.flatMap(({ roomId, messages }) => {
    const named = messages.filter(({ clientId }) => clientId !== null);
    const groups = groupBy(named, ({ senderId, clientId }) => `${senderId} ${clientId}`);
    return [...groups.values()].flatMap((rows): Violation[] => {
      const [first, second] = rows;
      if (!first || !second) return [];
      const what = `stored ${rows.length} times, as ${rows.map(({ seq }) => seq).join(", ")}`;
      return [{ rule: "doubled", roomId, seq: second.seq, clientId: first.clientId ?? "", what }];
    });
  });
}

/** `seq` and `rev` go 1, 2, 3 … and end where the room says. */
export function findNumberGaps({ rooms }: History): Violation[] {
  return rooms.flatMap((room) => [
    ...inSteps(
      room,
      "seq",
      room.lastSeq,
      room.messages.map(({ seq }) => seq),
    ),
    ...inSteps(
      room,
      "rev",
      room.rev,
      room.commits.map(({ rev }) => rev),
    ),
  ]);
}

function inSteps(
  { roomId }: StoredRoom,
  name: "seq" | "rev",
  last: number,
  numbers: readonly number[],
): Violation[] {
  const found: Violation[] = [];
  let before = 0;
  for (const number of numbers) {
    if (number === before) {
      found.push({ rule: "doubled", roomId, what: `${name} ${number} was given twice` });
    } else if (number !== before + 1) {
      found.push({ rule: "gap", roomId, what: `${name} ${before} is followed by ${number}` });
    }
    before = number;
  }
  if (before !== last) {
    found.push({
      rule: "gap",
      roomId,
      what: `the room says ${name} ${last}, the last is ${before}`,
    });
  }
  return found;
}

/** Whatever state of a message anybody was told of is stored, or a newer one of the same message. */
export function findRolledBack({ entries, rooms }: History): Violation[] {
  const stored = new Map(
    rooms.flatMap(({ roomId, messages }) =>
      messages.map(({ seq, rev }) => [`${roomId} ${seq}`, rev] as const),
    ),
  );
  const known = new Set(rooms.map(({ roomId }) => roomId));
  return entriesOf(entries, "arrived").flatMap(({ client, roomId, path, message }) => {
    const { seq, rev } = message;
    const newest = stored.get(`${roomId} ${seq}`);
    if (!known.has(roomId) || (newest !== undefined && newest >= rev)) return [];
    const instead = newest === undefined ? "nothing is stored there" : `rev ${newest} is stored`;
    const what = `${seq} was ${path} as of rev ${rev}, and ${instead}`;
    return [{ rule: "lost", roomId, seq, client, what } as const];
  });
}
