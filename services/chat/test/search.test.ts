import { randomUUID } from "node:crypto";
import type { Message } from "@moim/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appendMessages } from "../src/persist/append-messages.ts";
import { Database } from "../src/persist/database.ts";
import { type SearchCursor, searchMessages } from "../src/persist/search-messages.ts";
import type { TestClient } from "./support/client.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ nodes: 2 });
});
afterAll(() => world.close());

async function texts(client: TestClient, query: string, roomId?: string): Promise<unknown[]> {
  const { messages } = await client.get("message:search", {
    query,
    ...(roomId === undefined ? {} : { roomId }),
  });
  return messages.map((message) => message.text);
}

async function groupOf(client: TestClient, userIds: string[] = []): Promise<string> {
  const { room } = await client.get("room:create", {
    kind: "group",
    clientId: randomUUID(),
    userIds,
  });
  return room.id;
}

describe("a search", () => {
  it("finds a text by any part of it, one and two syllables too, the newest first", async () => {
    const { roomId, clients } = await world.group(2);
    const [writer, reader] = [at(clients, 0), at(clients, 1)];
    const first = await writer.send(roomId, "내일 회의실에서 만나요");
    await writer.send(roomId, "점심은 김치찌개");
    const last = await writer.send(roomId, "회의는 세 시");
    const { messages, nextCursor } = await reader.get("message:search", { query: "회의" });
    expect(messages).toEqual([last, first]);
    expect(nextCursor).toBeNull();
    expect(await texts(reader, "찌개")).toEqual(["점심은 김치찌개"]);
    expect(await texts(reader, "실")).toEqual(["내일 회의실에서 만나요"]);
    expect(await texts(reader, "저녁")).toEqual([]);
  });

  it("wants every word, anywhere and in whatever case", async () => {
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    await client.send(roomId, "Deploy 서버 at noon");
    await client.send(roomId, "서버 점검");
    expect(await texts(client, "  서버   deploy ")).toEqual(["Deploy 서버 at noon"]);
    expect(await texts(client, "서버")).toEqual(["서버 점검", "Deploy 서버 at noon"]);
    expect(await texts(client, "서버 deploy 점검")).toEqual([]);
  });

  it("finds decomposed Hangul by composed, and the other way round", async () => {
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    const [composed, decomposed] = ["한강 산책".normalize("NFC"), "한강 공원".normalize("NFD")];
    await client.send(roomId, composed);
    await client.send(roomId, decomposed);
    for (const form of ["NFC", "NFD"]) {
      expect(await texts(client, "한강".normalize(form))).toEqual([decomposed, composed]);
    }
  });

  it("takes wildcards for what they are", async () => {
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    for (const text of ["100% sure", "1000 sure", "snake_case", "snakeXcase", "back\\slash"]) {
      await client.send(roomId, text);
    }
    expect(await texts(client, "100%")).toEqual(["100% sure"]);
    expect(await texts(client, "snake_case")).toEqual(["snake_case"]);
    expect(await texts(client, "k\\s")).toEqual(["back\\slash"]);
  });

  it("sees texts as they are now: edited ones anew, deleted ones and notices not", async () => {
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    const edited = await client.send(roomId, "고양이 사진");
    const deleted = await client.send(roomId, "고양이 밥");
    await client.get("room:rename", { roomId, title: "고양이 모임" });
    await client.get("message:edit", { roomId, seq: edited.seq, text: "강아지 사진" });
    await client.get("message:delete", { roomId, seq: deleted.seq });
    expect(await texts(client, "고양이")).toEqual([]);
    expect(await texts(client, "강아지")).toEqual(["강아지 사진"]);
  });

  it("sees own rooms only, one of them when asked for, and none after leaving", async () => {
    const { roomId, clients } = await world.group(2);
    const [writer, reader] = [at(clients, 0), at(clients, 1)];
    const other = await groupOf(writer);
    await writer.send(roomId, "공유 여행 계획");
    await writer.send(other, "혼자 여행 계획");
    expect(await texts(writer, "여행")).toEqual(["혼자 여행 계획", "공유 여행 계획"]);
    expect(await texts(writer, "여행", roomId)).toEqual(["공유 여행 계획"]);
    expect(await texts(reader, "여행")).toEqual(["공유 여행 계획"]);
    await reader.get("room:leave", { roomId });
    expect(await texts(reader, "여행")).toEqual([]);
  });

  it("begins where the member's history begins", async () => {
    const { roomId, clients } = await world.group(1);
    const writer = at(clients, 0);
    const late = world.issuer.newUser();
    const reader = await world.connect(late, 1);
    await writer.send(roomId, "비밀 하나");
    await writer.get("room:invite", { roomId, userIds: [late.userId] });
    await writer.send(roomId, "비밀 둘");
    expect(await texts(reader, "비밀")).toEqual(["비밀 둘"]);
    expect(await texts(reader, "비밀", roomId)).toEqual(["비밀 둘"]);
    expect(await texts(writer, "비밀")).toEqual(["비밀 둘", "비밀 하나"]);
  });

  it("forgets a direct room's past for whoever left it", async () => {
    const [user, other] = [world.issuer.newUser(), world.issuer.newUser()];
    const [client, friend] = [await world.connect(user), await world.connect(other, 1)];
    const { room } = await client.get("room:create", { kind: "direct", userId: other.userId });
    await client.send(room.id, "옛날 이야기");
    await client.get("room:leave", { roomId: room.id });
    expect(await texts(client, "이야기")).toEqual([]);
    await friend.send(room.id, "새 이야기");
    expect(await texts(client, "이야기")).toEqual(["새 이야기"]);
    expect(await texts(friend, "이야기")).toEqual(["새 이야기", "옛날 이야기"]);
  });

  it("of a room one is not in is not_found, just as of one that does not exist", async () => {
    const { roomId, clients } = await world.group(1);
    await at(clients, 0).send(roomId, "secret");
    const stranger = await world.connect(world.issuer.newUser());
    const inRoom = await stranger.askAnything("message:search", { query: "secret", roomId });
    const nowhere = await stranger.askAnything("message:search", {
      query: "secret",
      roomId: randomUUID(),
    });
    expect(inRoom).toMatchObject({ ok: false, error: { code: "not_found" } });
    expect(nowhere).toEqual(inRoom);
    expect(await texts(stranger, "secret")).toEqual([]);
  });

  it("refuses what cannot be searched for", async () => {
    const client = await world.connect(world.issuer.newUser());
    const refused = (request: unknown) => client.refused("message:search", request);
    expect(await refused({})).toBe("bad_request");
    expect(await refused({ query: " \n " })).toBe("bad_request");
    expect(await refused({ query: "a\0b" })).toBe("bad_request");
    expect(await refused({ query: "a", limit: 51 })).toBe("bad_request");
    expect(await refused({ query: "a", cursor: "not one of ours" })).toBe("bad_request");
    expect(await refused({ query: "가".repeat(101) })).toBe("bad_request");
    expect(await refused({ query: "가".repeat(100) })).toBe("nothing");
    expect(await refused({ query: Array(50).fill("a").join(" ") })).toBe("nothing");
  });
});

describe("the pages of a search", () => {
  it("hold every message once, in order, over all rooms", async () => {
    const user = world.issuer.newUser();
    const client = await world.connect(user);
    const roomIds = [await groupOf(client), await groupOf(client), await groupOf(client)];
    const sent: Message[] = [];
    for (let count = 0; count < 14; count++) {
      sent.push(await client.send(at(roomIds, count % 3), `사과 ${count}`));
    }
    const found: Message[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 5; page++) {
      const answer = await client.get("message:search", { query: "사과", limit: 3, cursor });
      expect(answer.messages).toHaveLength(page < 4 ? 3 : 2);
      found.push(...answer.messages);
      cursor = answer.nextCursor ?? undefined;
    }
    expect(cursor).toBeUndefined();
    expect(sorted(found)).toEqual(sorted(sent));
    expect(found.map((message) => message.createdAt)).toEqual(
      sent.map((message) => message.createdAt).sort((a, b) => b - a),
    );
  });

  it("together find the same however few messages are looked at for one page", async () => {
    const userId = randomUUID();
    const database = new Database(world.pool);
    const roomIds = await roomsWithUnevenHistories(database, userId);
    const everything = await searchAll(database, userId, { limit: 500, messagesMax: 100_000 });
    expect(everything.pages).toBe(1);
    expect(everything.messages).toHaveLength(90);
    for (const messagesMax of [5, 40, 200]) {
      const found = await searchAll(database, userId, { limit: 4, messagesMax });
      expect(found.messages).toEqual(everything.messages);
    }
    const inRoom = await searchAll(database, userId, {
      limit: 4,
      messagesMax: 10,
      roomId: at(roomIds, 0),
    });
    expect(inRoom.messages).toEqual(
      everything.messages.filter((message) => message.roomId === at(roomIds, 0)),
    );
  });

  it("can rely on times that never run backwards in a room, whatever the clock does", async () => {
    const { roomId, clients } = await world.group(1);
    const client = at(clients, 0);
    const { rows } = await world.pool.query<{ at: string }>(
      `UPDATE chat.rooms SET last_activity_at = date_trunc('seconds', now() + interval '1 hour')
       WHERE id = $1 RETURNING (extract(epoch FROM last_activity_at) * 1000)::int8 AS at`,
      [roomId],
    );
    const newest = Number(at(rows, 0).at);
    expect((await client.send(roomId, "later")).createdAt).toBe(newest);
    await client.get("room:rename", { roomId, title: "later still" });
    const { messages } = await client.get("message:page", { roomId });
    expect(messages.slice(-2).map((message) => message.createdAt)).toEqual([newest, newest]);
  });
});

const place = ({ roomId, seq }: Message) => `${roomId} ${seq}`;
const sorted = (messages: readonly Message[]) => messages.map(place).sort();

/** Three rooms of 240, 60 and 3 messages, many of one instant; every third or so is a match. */
async function roomsWithUnevenHistories(database: Database, userId: string): Promise<string[]> {
  const rooms = [
    { id: randomUUID(), messages: 240 },
    { id: randomUUID(), messages: 60 },
    { id: randomUUID(), messages: 3 },
  ];
  for (const { id } of rooms) {
    await world.pool.query(
      `INSERT INTO chat.rooms (id, kind, created_by, creation_id, member_count)
       VALUES ($1, 'group', $2, gen_random_uuid(), 1)`,
      [id, userId],
    );
    await world.pool.query(
      "INSERT INTO chat.members (room_id, user_id, role) VALUES ($1, $2, 'owner')",
      [id, userId],
    );
  }
  for (let batch = 0; batch < 3; batch++) {
    const sends = rooms.flatMap(({ id, messages }) =>
      Array.from({ length: messages / 3 }, (_, index) => ({
        roomId: id,
        senderId: userId,
        clientId: randomUUID(),
        text: index % 10 < 3 && messages > 3 ? `바다 ${index}` : `산 ${index}`,
        replyTo: null,
      })),
    );
    await appendMessages(database, sends);
  }
  return rooms.map((room) => room.id);
}

async function searchAll(
  database: Database,
  userId: string,
  options: { limit: number; messagesMax: number; roomId?: string },
): Promise<{ messages: Message[]; pages: number }> {
  const messages: Message[] = [];
  let after: SearchCursor | null = null;
  let pages = 0;
  do {
    const found: { messages: Message[]; next: SearchCursor | null } = await searchMessages(
      database,
      userId,
      { query: "바다", roomId: undefined, leftMs: () => 60_000, ...options, after },
    );
    messages.push(...found.messages);
    after = found.next;
    pages++;
    // Not even one message of each room at a time could need more.
    if (pages > 600) throw new Error("the search does not get on");
  } while (after);
  return { messages, pages };
}
