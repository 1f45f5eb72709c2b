import { PAGE_LIMITS } from "@moim/protocol";
import { changeOf, type WireChange } from "../clients/changes.ts";
import type { MintedUser } from "../clients/load-client.ts";
import type { RawClient } from "../clients/raw-client.ts";
import type { MadeRoom } from "../run/tasks.ts";
import type { Stored } from "../verdict/judge.ts";
import { connectAsker, inParallel, patiently } from "./connect.ts";
import type { Site } from "./site.ts";

const ROOMS_AT_ONCE = 8;
/** One socket may ask a hundred times at once, then fifty times a second. */
const PAGES_PER_READER = 80;
const READERS_MAX = 10;

export type RoomHistory = { rev: number; stored: Stored[] };

/** What the server has stored of each room since the beginning of the run, as its members read it. */
export async function readHistories(
  site: Pick<Site, "socketUrls">,
  users: readonly MintedUser[],
  rooms: readonly MadeRoom[],
): Promise<RoomHistory[]> {
  const histories: RoomHistory[] = new Array(rooms.length);
  const url = site.socketUrls[0] ?? "";
  await inParallel(rooms, ROOMS_AT_ONCE, async (room, index) => {
    const readers: RawClient[] = [];
    const open = async (member: number) => {
      const user = users[room.members[member] ?? 0];
      if (user === undefined) throw new Error("a room without members");
      const reader = await connectAsker(url, user);
      readers.push(reader);
      return reader;
    };
    histories[index] = await readHistory(room, open);
    for (const reader of readers) reader.stop();
  });
  return histories;
}

async function readHistory(
  { roomId, seq, members }: MadeRoom,
  open: (member: number) => Promise<RawClient>,
): Promise<RoomHistory> {
  const first = await open(0);
  const { room } = await patiently(() => first.request("room:get", { roomId }));
  // Numbers have no gaps, so that each page can be asked for by itself.
  const starts: number[] = [];
  for (let after = seq; after < room.lastSeq; after += PAGE_LIMITS.messages) starts.push(after);
  const wanted = Math.ceil(starts.length / PAGES_PER_READER);
  const readers = [first];
  while (readers.length < Math.min(wanted, members.length, READERS_MAX)) {
    readers.push(await open(readers.length));
  }
  const pages: Stored[][] = new Array(starts.length);
  await inParallel(starts, readers.length * 2, async (after, index) => {
    const reader = readers[index % readers.length] ?? first;
    const end = Math.min(after + PAGE_LIMITS.messages, room.lastSeq);
    pages[index] = await readPage(reader, roomId, after, end);
  });
  return { rev: room.rev, stored: pages.flat() };
}

/** Those after `after` up to `end`: long messages come in shorter pages. */
async function readPage(
  reader: RawClient,
  roomId: string,
  after: number,
  end: number,
): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let held = after; held < end; held = stored.at(-1)?.seq ?? end) {
    const limit = end - held;
    const request = { roomId, after: held, limit };
    const page = await patiently(() => reader.request("message:page", request));
    stored.push(...page.messages.map(storedOf));
    if (!page.hasMore) break;
  }
  return stored;
}

function storedOf(message: WireChange): Stored {
  const { seq, key, roomTag } = changeOf(message);
  return { seq, key, roomTag };
}
