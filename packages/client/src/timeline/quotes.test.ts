import { describe, expect, test } from "vitest";
import { settled } from "../testing/manual-clock.ts";
import { ROOM_ID } from "../testing/messages.ts";
import { messagesOf, RoomScene, SYNC_BEHIND, SYNC_CHANGES } from "../testing/room-scene.ts";

describe("a quote in a room", () => {
  test("a quote is fetched anew where an edit may have been missed", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const quoted = timeline?.message(2);
    quoted?.subscribe(() => {});
    await scene.during(Promise.resolve());
    await settled();
    const edited = scene.server.change(1);
    scene.timelines.catchUp();
    await scene.during(Promise.resolve());
    await settled();
    expect(quoted?.current).toEqual(edited);
  });

  test("a quote shows what has become of its message, also where the window begins anew without a word of it", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const quoted = [38, 40].map((seq) => scene.timelines.get(ROOM_ID)?.message(seq));
    for (const each of quoted) each?.subscribe(() => {});
    // One is outside of the new window, the other in it: nobody has to ask for that one.
    const edited = [scene.server.change(37)];
    for (let count = 0; count < SYNC_BEHIND; count++) {
      if (count < 2) scene.server.send();
      else edited[1] = scene.server.change(39);
    }
    scene.timelines.catchUp();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await settled();
    expect(quoted[1]?.current).toEqual(edited[1]);
    expect(scene.requests.asked.map(({ request }) => request)).toEqual([
      { roomId: ROOM_ID, before: 39, limit: 1 },
    ]);
    await scene.during(Promise.resolve());
    await settled();
    expect(quoted[0]?.current).toEqual(edited[0]);
  });

  test("nor is it told where a jump is over before the rest of a sync", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const quoted = scene.timelines.get(ROOM_ID)?.message(38);
    quoted?.subscribe(() => {});
    for (let count = 0; count < SYNC_CHANGES; count++) scene.server.send();
    const edited = scene.server.change(37);
    scene.timelines.catchUp();
    await settled();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    await settled();
    while (scene.requests.asked.length > 0) scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await jump;
    await scene.heal();
    expect(quoted?.current).toEqual(edited);
  });

  test("a quote shows no more than a restored database has", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const quoted = scene.timelines.get(ROOM_ID)?.message(38);
    quoted?.subscribe(() => {});
    const [before] = scene.server.messages.slice(37, 38);
    if (!before) throw new Error("there are forty");
    const edited = scene.server.change(37);
    scene.deliver(edited && [edited]);
    expect(quoted?.current).toEqual(edited);
    scene.server.messages[37] = before;
    scene.server.rev += 1_000;
    scene.timelines.catchUp();
    await scene.heal();
    expect(messagesOf(scene)).toContainEqual(before);
    expect(quoted?.current).toEqual(before);
  });
});
