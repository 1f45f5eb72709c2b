import { expect, test } from "vitest";
import { BACKOFF_FIRST_MS, USERS_FRESH_MS, USERS_REFRESH_SPREAD_MS } from "../bounds.ts";
import { settled } from "../testing/manual-clock.ts";
import { BOB, ROOM_ID } from "../testing/messages.ts";
import { Scene } from "../testing/scene.ts";

const USERS = "/api/users";

test.each<[string, (scene: Scene) => void | Promise<void>]>([
  ["a room is opened", ({ client }) => void client.openRoom(ROOM_ID)],
  ["the page is looked at again", (scene) => scene.tell("visible")],
  ["deliveries may have been missed", ({ sockets }) => sockets.last.handlers.event("resync", {})],
  [
    "the connection is there again",
    async (scene) => {
      scene.sockets.last.handlers.closed();
      await scene.clock.advance(BACKOFF_FIRST_MS);
      await scene.ready();
    },
  ],
])("whoever is watched is asked for again when %s", async (_when, happen) => {
  const scene = await new Scene().connected();
  const bob = { id: BOB, nickname: "bob", name: "Bob", bio: "", avatarUrl: null };
  const answers = (name: string) =>
    scene.auth.answerNext(USERS, { status: 200, body: { users: [{ ...bob, name }] } });
  const held = scene.client.user(BOB);
  held.subscribe(() => {});
  answers("Bob");
  await scene.clock.advance(USERS_FRESH_MS + USERS_REFRESH_SPREAD_MS);
  await settled();
  expect(held.current?.name).toBe("Bob");
  expect(scene.auth.callsTo(USERS)).toBe(1);
  answers("Robert");
  await happen(scene);
  await scene.clock.advance(USERS_REFRESH_SPREAD_MS);
  await settled();
  expect(held.current?.name).toBe("Robert");
  expect(scene.auth.callsTo(USERS)).toBe(2);
  await scene.client.stop();
  expect(scene.clock.timersWaiting).toBe(0);
});
