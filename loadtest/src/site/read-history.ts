import { PAGE_LIMITS } from "@moim/protocol";
import { changeOf, type WireChange } from "../clients/changes.ts";
import type { MintedUser } from "../clients/load-client.ts";
import { textOf } from "../clients/message-text.ts";
import type { RawClient } from "../clients/raw-client.ts";
import type { MadeRoom } from "../run/tasks.ts";
import type { Stored } from "../verdict/judge.ts";
import { connectAsker, inParallel, patiently } from "./connect.ts";
import type { Site } from "./site.ts";

const ROOMS_AT_ONCE = 8;
/** One socket may ask a hundred times at once, then fifty times a second. */
const PAGES_PER_READER = 80;
const READERS_MAX = 10;

/** `guestsInside`: those of the room's guests who are members, by their place. */
export type RoomHistory = { rev: number; stored: Stored[]; guestsInside: number[] };

/**
 * What the server has stored of each room since the beginning of the run, as its members read it. `payload`:
 * how many bytes each message had.
 */
export async function readHistories(
  site: Pick<Site, "socketUrls">,
  userAt: (place: number) => Promise<MintedUser>,
  rooms: readonly MadeRoom[],
  payload: number,
): Promise<RoomHistory[]> {
  const histories: RoomHistory[] = new Array(rooms.length);
  const url = site.socketUrls[0] ?? "";
  await inParallel(rooms, ROOMS_AT_ONCE, async (room, index) => {
    const readers: RawClient[] = [];
    const open = async (member: number) => {
      const reader = await connectAsker(url, await userAt(room.members[member] ?? 0));
      readers.push(reader);
      return reader;
    };
    histories[index] = await readHistory(room, payload, open);
    for (const reader of readers) reader.stop();
  });
  return histories;
}

async function readHistory(
  made: MadeRoom,
  payload: number,
  open: (member: number) => Promise<RawClient>,
): Promise<RoomHistory> {
  const { roomId, seq, members } = made;
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
  const pages: WireChange[][] = new Array(starts.length);
  await inParallel(starts, readers.length * 2, async (after, index) => {
    const reader = readers[index % readers.length] ?? first;
    const end = Math.min(after + PAGE_LIMITS.messages, room.lastSeq);
    pages[index] = await readPage(reader, roomId, after, end);
  });
  const stored = pages.flat().map((message) => storedOf(message, payload));
  return { rev: room.rev, stored, guestsInside: await guestsInside(first, made) };
}

async function guestsInside(reader: RawClient, { roomId, guests }: MadeRoom): Promise<number[]> {
  if (guests.length === 0) return [];
  const members = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const request = cursor === undefined ? { roomId } : { roomId, cursor };
    const page = await patiently(() => reader.request("room:members", request));
    for (const { userId } of page.members) members.add(userId);
    cursor = page.nextCursor;
  }
  return guests.filter(({ userId }) => members.has(userId)).map(({ place }) => place);
}

/** Those after `after` up to `end`: long messages come in shorter pages. */
async function readPage(
  reader: RawClient,
  roomId: string,
  after: number,
  end: number,
): Promise<WireChange[]> {
  const stored: WireChange[] = [];
  for (let held = after; held < end; held = stored.at(-1)?.seq ?? end) {
    const limit = end - held;
    const request = { roomId, after: held, limit };
    const page = await patiently(() => reader.request("message:page", request));
    stored.push(...page.messages);
    if (!page.hasMore) break;
  }
  return stored;
}

function storedOf(message: WireChange, payload: number): Stored {
  const { seq, key, roomTag, rev, state } = changeOf(message);
  const isAsSent = message.editedAt || message.deletedAt || message.text === textOf(key, payload);
  return { seq, key, roomTag, rev, state, isGarbled: key >= 0 && !isAsSent };
}
