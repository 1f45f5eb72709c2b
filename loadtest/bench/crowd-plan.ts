import { randomUUID } from "node:crypto";
import type { SocketPlan } from "./generator/tasks.ts";
import type { Room, Server } from "./servers/server.ts";

/** Places by which the rooms of one round differ from those of the round before. */
const SHIFT = 7;

export type Shape = {
  rooms: number;
  members: number;
  /** Members of each room that send. */
  senders: number;
};

/** Rooms with members of their own, and one socket for each; sockets go round the server's nodes. */
export async function planCrowd(server: Server, shape: Shape): Promise<SocketPlan[]> {
  const rooms = Array.from({ length: shape.rooms }, () => newRoom(shape.members));
  await server.makeRooms(rooms);
  return rooms.flatMap(({ id, userIds }) =>
    userIds.map((userId, place) => ({
      auth: server.authOf(userId, [id]),
      roomId: id,
      isSender: place < shape.senders,
      url: urlOf(server, place),
    })),
  );
}

/** So many users, each in several rooms of this size, and one silent socket for each. */
export async function planOverlappingRooms(
  server: Server,
  users: number,
  roomsEach: number,
  roomSize: number,
): Promise<SocketPlan[]> {
  const userIds = Array.from({ length: users }, () => randomUUID());
  const roomIdsOf = new Map<string, string[]>(userIds.map((userId) => [userId, []]));
  const rooms: Room[] = [];
  for (let round = 0; round < roomsEach; round++) {
    // Shifted by some places, so that nobody has the same neighbours in all their rooms.
    const shift = round * SHIFT;
    for (let start = 0; start < users; start += roomSize) {
      const size = Math.min(roomSize, users - start);
      const members = Array.from(
        { length: size },
        (_, place) => userIds[(start + place + shift) % users] ?? "",
      );
      const room = { id: randomUUID(), userIds: members };
      rooms.push(room);
      for (const userId of room.userIds) roomIdsOf.get(userId)?.push(room.id);
    }
  }
  await server.makeRooms(rooms);
  const url = urlOf(server, 0);
  return userIds.map((userId) => ({
    url,
    auth: server.authOf(userId, roomIdsOf.get(userId) ?? []),
    roomId: null,
    isSender: false,
  }));
}

export function newRoom(members: number): Room {
  return { id: randomUUID(), userIds: Array.from({ length: members }, () => randomUUID()) };
}

function urlOf(server: Server, place: number): string {
  return `http://127.0.0.1:${server.ports[place % server.ports.length]}`;
}
