import { randomUUID } from "node:crypto";
import { LIMITS } from "@moim/protocol";
import type { MintedUser } from "../clients/load-client.ts";
import type { RawClient } from "../clients/raw-client.ts";
import type { MadeRoom } from "../run/tasks.ts";
import type { PlannedRoom } from "../scenarios/plan.ts";
import { connectAsker, inParallel, patiently } from "./connect.ts";
import type { Site } from "./site.ts";

const MAKERS_AT_ONCE = 16;

/** Makes the planned rooms, each by its first member, and says how they stand then. */
export async function makeRooms(
  site: Pick<Site, "socketUrls">,
  users: readonly MintedUser[],
  planned: readonly PlannedRoom[],
): Promise<MadeRoom[]> {
  const made: MadeRoom[] = new Array(planned.length);
  const byMaker = new Map<number, [place: number, room: PlannedRoom][]>();
  for (const [place, room] of planned.entries()) {
    const maker = room.members[0] ?? 0;
    byMaker.set(maker, [...(byMaker.get(maker) ?? []), [place, room]]);
  }
  await inParallel([...byMaker], MAKERS_AT_ONCE, async ([maker, rooms], index) => {
    const url = site.socketUrls[index % site.socketUrls.length] ?? "";
    const client = await connectAsker(url, userAt(users, maker));
    for (const [place, room] of rooms) made[place] = await makeRoom(client, users, room);
    client.stop();
  });
  return made;
}

async function makeRoom(
  client: RawClient,
  users: readonly MintedUser[],
  { kind, members, guests: guestPlaces }: PlannedRoom,
): Promise<MadeRoom> {
  const guests = guestPlaces.map((place) => ({ place, userId: userAt(users, place).userId }));
  const others = members.slice(1).map((member) => userAt(users, member).userId);
  if (kind === "direct") {
    const userId = others[0] ?? "";
    const { room } = await patiently(() =>
      client.request("room:create", { kind: "direct", userId }),
    );
    return { roomId: room.id, rev: room.rev, seq: room.lastSeq, members, guests };
  }
  const group = {
    ...{ kind: "group" as const, clientId: randomUUID(), title: "load" },
    userIds: others.slice(0, LIMITS.inviteUsers),
  };
  const { room } = await patiently(() => client.request("room:create", group));
  for (let start = LIMITS.inviteUsers; start < others.length; start += LIMITS.inviteUsers) {
    const userIds = others.slice(start, start + LIMITS.inviteUsers);
    await patiently(() => client.request("room:invite", { roomId: room.id, userIds }));
  }
  const now = await patiently(() => client.request("room:get", { roomId: room.id }));
  return { roomId: room.id, rev: now.room.rev, seq: now.room.lastSeq, members, guests };
}

function userAt(users: readonly MintedUser[], place: number): MintedUser {
  const user = users[place];
  if (user === undefined) throw new Error(`there is no user ${place}`);
  return user;
}
