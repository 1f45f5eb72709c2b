import { afterAll, beforeAll, expect, it } from "vitest";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function waitingForLocks(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return at(rows, 0).count;
}

/** Whatever happens meanwhile, the room is free again afterwards. */
async function whileLocked(roomId: string, act: () => Promise<void>): Promise<void> {
  const blocker = await world.pool.connect();
  try {
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM chat.rooms WHERE id = $1 FOR UPDATE", [roomId]);
    await act();
  } finally {
    await blocker.query("ROLLBACK");
    blocker.release();
  }
}

async function roomWithEdits() {
  const { roomId, clients } = await world.group(2);
  const [editor, reader] = [at(clients, 0), at(clients, 1)];
  const { seq } = await editor.send(roomId, "edited again and again");
  const edit = (text: string) => editor.ask("message:edit", { roomId, seq, text });
  const editMuch = () => Array.from({ length: 60 }, (_, index) => edit(`edit ${index}`));
  return { roomId, reader, editMuch };
}

it("many changes of one room leave connections to those who read, and all of them are made", async () => {
  const { roomId, reader, editMuch } = await roomWithEdits();
  let edits: ReturnType<typeof editMuch> = [];
  await whileLocked(roomId, async () => {
    edits = editMuch();
    await expect.poll(waitingForLocks, { interval: 20 }).toBeGreaterThanOrEqual(5);
    expect((await reader.get("room:list", {})).rooms).toHaveLength(1);
    expect((await reader.get("message:search", { query: "edited" })).messages).toHaveLength(1);
    // Answered while all of them still wait.
    expect(await waitingForLocks()).toBe(5);
  });
  for (const answer of await Promise.all(edits)) expect(answer.ok).toBe(true);
  expect((await reader.get("room:get", { roomId })).room.rev).toBe(2 + 60);
});
