import { readFileSync } from "node:fs";
import type { OpenRoom, TimelineView } from "@moim/client";
import { type Cluster, startCluster } from "@moim/local";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Member, newMember, until } from "../compose/support/people.ts";

const RESTORED = new URL("../../infra/postgres/restored.sql", import.meta.url);
const KEPT = ["kept 1", "kept 2", "kept 3"];
const LOST = ["lost 1", "lost 2", "lost 3", "lost 4", "lost 5"];
/** More than were lost: every number that the reader holds has been given again. */
const AFTER = Array.from({ length: 12 }, (_, index) => `after ${index + 1}`);

let cluster: Cluster;
let database: pg.Client;
let writer: Member;
let reader: Member;
const network = new (class {
  isThere = true;
  tell: (event: "online" | "offline") => void = () => {};
})();

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, spareNodes: 0 });
  database = new pg.Client({ connectionString: cluster.postgresUrl });
  await database.connect();
  writer = await newMember(cluster.url);
  reader = await newMember(cluster.url, {
    onlineEvents: {
      isOnline: () => network.isThere,
      subscribe(listener) {
        network.tell = listener;
        return () => {};
      },
    },
  });
});
afterAll(async () => {
  await writer?.client.stop();
  await reader?.client.stop();
  await database?.end();
  await cluster?.stop();
});

it("whoever was away while an older backup came back sees what is there, and nothing of what is not", async () => {
  const roomId = await writer.client.createGroup({ userIds: [reader.userId] });
  const [written, read] = [writer, reader].map(({ client }) => client.openRoom(roomId));
  if (!written || !read) throw new Error("nobody there");
  await say(written, KEPT);
  await takeBackup();
  await say(written, LOST);
  const lostRoom = await writer.client.createGroup({ userIds: [reader.userId] });
  await until(read.timeline, (view) => textsOf(view).length === KEPT.length + LOST.length);
  await until(reader.client.rooms, ({ rooms }) => rooms.some(({ id }) => id === lostRoom));
  const newest = read.timeline.current.room?.lastSeq ?? 0;
  read.markRead(newest);
  await until(written.timeline, ({ room }) => readSeqOf(room?.members, reader) === newest);
  // Its answer is there once that of a later request is: otherwise the reader would say again what it has read.
  await reader.client.searchMessages({ query: "kept" });

  network.isThere = false;
  network.tell("offline");
  await restoreBackup();
  await until(written.timeline, (view) => textsOf(view).join() === KEPT.join());
  await say(written, AFTER);
  network.isThere = true;
  network.tell("online");

  const expected = [...KEPT, ...AFTER];
  await until(read.timeline, (view) => view.isCurrent && textsOf(view).length >= expected.length);
  expect(textsOf(read.timeline.current)).toEqual(expected);
  expect(textsOf(written.timeline.current)).toEqual(expected);
  const { rooms } = await until(reader.client.rooms, (view) => view.rooms.length === 1);
  expect(rooms).toMatchObject([{ id: roomId, readSeq: 0, unread: expected.length }]);

  // And it goes on from there, live, with what is read being told.
  await say(written, ["live"]);
  await until(read.timeline, (view) => textsOf(view).at(-1) === "live");
  const last = read.timeline.current.room?.lastSeq ?? 0;
  expect(last).toBeLessThan(newest + AFTER.length);
  read.markRead(last);
  await until(written.timeline, ({ room }) => readSeqOf(room?.members, reader) === last);
});

/** Until the server has them all. */
async function say(room: OpenRoom, texts: readonly string[]): Promise<void> {
  for (const text of texts) await room.send(text);
  await until(room.timeline, ({ items }) => items.every(({ kind }) => kind === "message"));
}

function textsOf({ items }: TimelineView): string[] {
  return items.flatMap((item) =>
    item.kind === "message" && item.message.text !== null ? [item.message.text] : [],
  );
}

function readSeqOf(
  members: readonly { userId: string; readSeq: number }[] | undefined,
  { userId }: Member,
): number | undefined {
  return members?.find((member) => member.userId === userId)?.readSeq;
}

/** Of what chat holds: whoever is signed in stays so. */
async function takeBackup(): Promise<void> {
  await database.query("CREATE SCHEMA saved");
  for (const table of await tables()) {
    await database.query(`CREATE TABLE saved.${table} AS TABLE chat.${table}`);
  }
}

/** As infra/restore does, with what it says afterwards. */
async function restoreBackup(): Promise<void> {
  const [node] = cluster.nodes;
  if (!node) throw new Error("no node");
  node.process.kill("SIGKILL");
  await node.process.exited;
  const all = await tables();
  await database.query(`TRUNCATE ${all.map((table) => `chat.${table}`).join()}`);
  for (const table of all) {
    await database.query(`INSERT INTO chat.${table} OVERRIDING SYSTEM VALUE TABLE saved.${table}`);
  }
  await database.query(readFileSync(RESTORED, "utf8"));
  await cluster.restartNode(node);
}

/** Those that others refer to first. */
async function tables(): Promise<string[]> {
  const { rows } = await database.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'chat' ORDER BY tablename <> 'rooms', 1",
  );
  return rows.map(({ tablename }) => tablename);
}
