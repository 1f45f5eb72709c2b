import { entriesOf, groupBy } from "./entries.ts";
import type { EntryOf, History, Violation } from "./history.ts";
import { maySee, staysOf } from "./membership.ts";
import { tokensBySocket, wasValid } from "./tokens.ts";

/** One new message on its way to one client. `arrivedMs`: since the commit; absent: never came. */
export type Journey = {
  roomId: string;
  seq: number;
  client: string;
  committedAt: number;
  /** When that member left the room: what had not come by then never will. */
  leftAt: number;
  arrivedMs: number | undefined;
};

/** Every message to every client that was a member's, in the room's order. */
export function journeysOf({ entries, rooms }: History): Journey[] {
  const arrivals = new Map<string, number>();
  const clients = new Map<string, { client: string; userId: string }>();
  // Whoever was there and heard nothing at all counts as well.
  for (const { client, userId } of entriesOf(entries, "ready"))
    clients.set(client, { client, userId });
  for (const { at, client, userId, roomId, message } of entriesOf(entries, "arrived")) {
    clients.set(client, { client, userId });
    const key = `${client} ${roomId} ${message.seq}`;
    if (!arrivals.has(key)) arrivals.set(key, at);
  }
  return rooms.flatMap((room) => {
    const stays = staysOf(room);
    return [...clients.values()].flatMap(({ client, userId }) =>
      room.messages.flatMap(({ seq, createdAt }): Journey[] => {
        const stay = stays.get(userId)?.find((each) => maySee([each], { seq, rev: 0 }));
        if (!stay) return [];
        const at = arrivals.get(`${client} ${room.roomId} ${seq}`);
        const arrivedMs = at === undefined ? undefined : Math.max(at - createdAt, 0);
        const [roomId, leftAt] = [room.roomId, stay.untilAt];
        return [{ roomId, seq, client, committedAt: createdAt, leftAt, arrivedMs }];
      }),
    );
  });
}

/** To whoever was connected all the time, a message comes within the time that is promised. */
export function findLate(history: History, withinMs: number): Violation[] {
  const connections = connectionsOf(history);
  const tokens = tokensBySocket(history);
  return journeysOf(history).flatMap((journey): Violation[] => {
    const { client, committedAt, leftAt, arrivedMs, roomId, seq } = journey;
    if (arrivedMs !== undefined && arrivedMs <= withinMs) return [];
    if (leftAt < committedAt + withinMs) return [];
    const stood = connections
      .get(client)
      ?.some(
        ({ socket, from, until }) =>
          from <= committedAt &&
          until >= committedAt + withinMs &&
          wasValid(tokens, socket, committedAt, committedAt + withinMs),
      );
    if (!stood) return [];
    const when = arrivedMs === undefined ? "never came" : `came after ${arrivedMs} ms`;
    return [
      { rule: "late", roomId, seq, client, what: `${seq} ${when}; ${withinMs} ms are promised` },
    ];
  });
}

type Connection = { socket: number; from: number; until: number };

/** From when to when each client's sockets were ready. */
function connectionsOf({ entries }: History): Map<string, Connection[]> {
  const ends = new Map(entriesOf(entries, "closed").map(({ socket, at }) => [socket, at]));
  const end = entries.at(-1)?.at ?? 0;
  const connection = ({ socket, at }: EntryOf<"ready">) => ({
    socket,
    from: at,
    until: ends.get(socket) ?? end,
  });
  const repairing = entriesOf(entries, "ready").filter(({ repairs }) => repairs);
  const readies = groupBy(repairing, ({ client }) => client);
  return new Map([...readies].map(([client, ready]) => [client, ready.map(connection)]));
}
