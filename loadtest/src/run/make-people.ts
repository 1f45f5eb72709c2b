import { roomTagOf } from "../clients/client-id.ts";
import { FirstStates } from "../receive/first-states.ts";
import type { Hosted } from "./hosting.ts";
import type { SentRoom } from "./ledger.ts";
import { type OwnRoom, Participant, type ParticipantParts } from "./participant.ts";
import type { Prepare } from "./tasks.ts";

/** One user of this process, with the rooms that it is in and those that it visits. */
export type Person = {
  participant: Participant;
  rooms: readonly SentRoom[];
  visits: readonly SentRoom[];
};

type Shared = Pick<ParticipantParts, "tally" | "ledger" | "standstill" | "random" | "onRepeated">;

export function makePeople(request: Prepare, shared: Shared): Person[] {
  const { first, users, rooms, localAddresses } = request;
  const shares = users.map(() => ({
    rooms: [] as OwnRoom[],
    hosted: [] as Hosted[],
    visits: [] as SentRoom[],
  }));
  for (const [index, { roomId, rev, seq, members, guests }] of rooms.entries()) {
    const room = { index, roomId, roomTag: roomTagOf(roomId), rev, seq };
    for (const member of members) shares[member - first]?.rooms.push(room);
    for (const { place } of guests) shares[place - first]?.visits.push(room);
    if (guests.length > 0) shares[(members[0] ?? 0) - first]?.hosted.push({ room, guests });
  }
  const states = new Map<string, FirstStates>();
  const firstStatesOf = (roomId: string) => {
    const known = states.get(roomId) ?? new FirstStates();
    states.set(roomId, known);
    return known;
  };
  return users.flatMap((user, index) => {
    const share = shares[index];
    if (share === undefined) return [];
    const participant = new Participant({
      ...{ ...request, ...shared, ...share, user, firstStatesOf },
      ...{ place: first + index, acts: request.scenario === "mixed" },
      localAddress: localAddresses[index % Math.max(localAddresses.length, 1)],
    });
    return [{ participant, rooms: share.rooms, visits: share.visits }];
  });
}
