import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { at, startWorld } from "./support/nodes.ts";

const PAGE = new URL("../../../docs/operating/postgres.md", import.meta.url);

it("messages divided by room, as docs/operating/postgres.md says, keep every promise of the table", async () => {
  const world = await startWorld({ nodes: 0 });
  const statements = /```sql\n([\s\S]*?)```/.exec(readFileSync(PAGE, "utf8"))?.[1];
  await world.pool.query(statements ?? "no statements on the page");
  await world.addNode();
  await world.addNode();
  const { roomId, clients } = await world.group(2);
  const [writer, reader] = [at(clients, 0), at(clients, 1)];
  const clientId = randomUUID();
  const first = await writer.send(roomId, "hello world", clientId);
  const again = await writer.get("message:send", { roomId, clientId, text: "hello world" });
  expect(again).toEqual({ message: first, duplicate: true });
  await reader.change(roomId, first.rev);
  await writer.get("message:edit", { roomId, seq: first.seq, text: "hello there" });
  await reader.get("message:react", { roomId, seq: first.seq, emoji: "👍", on: true });
  const { messages } = await reader.get("message:page", { roomId, limit: 50 });
  expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
  expect((await reader.get("message:search", { query: "there" })).messages).toHaveLength(1);
  expect((await reader.get("room:list", { limit: 10 })).unreadTotal).toBe(1);
  const { rooms } = await reader.get("room:sync", { rooms: [{ roomId, rev: 0 }] });
  expect(JSON.stringify(rooms)).toContain("hello there");
  const { rows } = await world.pool.query(
    "SELECT count(*)::int AS parts FROM pg_inherits WHERE inhparent = 'chat.messages'::regclass",
  );
  expect(rows).toEqual([{ parts: 4 }]);
  await world.close();
});
