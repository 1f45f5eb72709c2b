import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { appendMessages } from "../src/persist/append-messages.ts";
import { Database } from "../src/persist/database.ts";
import { at, startWorld, type World } from "./support/nodes.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

it("where the driver does not pipeline, as behind a pooler, the statements of a commit wait for each other", async () => {
  const { roomId, users } = await world.group(2);
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  const { outcomes } = await appendMessages(
    new Database(world.pool),
    users.map(({ userId }) => ({
      ...{ roomId, senderId: userId, clientId: randomUUID() },
      ...{ text: "hello", replyTo: null },
    })),
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(outcomes).toHaveLength(2);
  expect(at(outcomes, 1)).toMatchObject({ duplicate: false });
  // The driver deprecates a queue of its own.
  expect(warnings).toEqual([]);
});
