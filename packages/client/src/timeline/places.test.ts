import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { settled } from "../testing/manual-clock.ts";
import { ROOM_ID } from "../testing/messages.ts";
import { messagesOf, RoomScene, SYNC_BEHIND } from "../testing/room-scene.ts";

describe("a place in a room that somebody wants to see", () => {
  test("whoever writes at an old place without a network is at the newest message with the next one", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    scene.requests.ready = false;
    timeline?.wantNewest();
    await scene.clock.advance(60_000);
    expect(scene.view.hasNewer).toBe(true);
    scene.requests.ready = true;
    scene.timelines.catchUp();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    await scene.during(timeline?.showAround(10));
    scene.timelines.catchUp();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(true);
  });

  test("nor is that forgotten when the newest page cannot be had at once", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    scene.requests.ready = false;
    timeline?.wantNewest();
    await settled();
    scene.requests.ready = true;
    scene.timelines.catchUp();
    await settled();
    scene.requests.take("message:page").reject(new MoimError("unavailable", "busy"));
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
  });

  test("a room that is gone is gone, also while another place in it is waited for", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    jump?.catch(() => {});
    scene.timelines.catchUp();
    await settled();
    const sync = scene.requests.take("room:sync");
    sync.resolve({ rooms: [{ roomId: ROOM_ID, gone: true }] });
    await settled();
    const notFound = new MoimError("not_found", "no member");
    while (scene.requests.asked.length > 0) {
      scene.requests.take("message:page").reject(notFound);
      await settled();
    }
    expect(scene.view).toMatchObject({ state: "gone", items: [] });
  });

  test.each(["not_found", "unavailable", "bad_request"] as const)(
    "what has to be loaded anew is, also where a jump that was under way ends in %s",
    async (code) => {
      const scene = new RoomScene(0, 40);
      await scene.heal();
      for (let count = 0; count < SYNC_BEHIND + 1; count++) scene.server.send();
      const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
      const refused = expect(jump).rejects.toMatchObject({ code });
      await settled();
      const pages = [scene.requests.take("message:page"), scene.requests.take("message:page")];
      scene.timelines.catchUp();
      await settled();
      scene.handle(0);
      for (const answer of scene.answers.splice(0)) answer();
      await settled();
      expect(scene.requests.asked).toEqual([]);
      for (const page of pages) page.reject(new MoimError(code, "refused"));
      await refused;
      await scene.heal();
      expect(scene.view.isCurrent).toBe(true);
      expect(messagesOf(scene).at(-1)?.seq).toBe(40 + SYNC_BEHIND + 1);
    },
  );

  test("what was told to wait is not hurried by a jump that fails meanwhile", async () => {
    const scene = new RoomScene(0, 3);
    await settled();
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 20_000 });
    scene.requests.take("message:page").reject(busy);
    await settled();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    const refused = expect(jump).rejects.toMatchObject({ code: "not_found" });
    await scene.during(jump?.catch(() => {}));
    await refused;
    await scene.clock.advance(19_000);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1_000);
    expect(scene.requests.asked).toHaveLength(1);
  });

  test("an own message that is acknowledged before an earlier one has arrived stays in view", async () => {
    const scene = new RoomScene(0, 3);
    await scene.heal();
    scene.server.send();
    const own = scene.server.send();
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const delivery = { state: "sending", sinceMs: 0 } as const;
    scene.timelines.get(ROOM_ID)?.accepted({ ...waiting, delivery }, { ...own, clientId: "c1" });
    expect(scene.view.items.map(({ key }) => key)).toEqual(["seq-1", "seq-2", "seq-3", "c1"]);
    await scene.heal();
    expect(scene.view.items.map(({ kind }) => kind)).toEqual(Array(5).fill("message"));
  });

  test("an own message written at an old place stays in view until the newest messages are there", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const shown = () => scene.view.items.slice(-2).map(({ kind, key }) => `${kind} ${key}`);
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
    const accept = () => {
      const own = { ...scene.server.send(), clientId: "c1" };
      timeline?.accepted(pending, own);
    };
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    accept();
    expect(shown()).toEqual(["message seq-14", "pending c1"]);
    await scene.heal();
    expect(shown()).toEqual(["message seq-40", "message seq-41"]);

    // Who goes elsewhere first leaves it behind.
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    accept();
    await scene.during(timeline?.showAround(11));
    expect(shown()).toEqual(["message seq-14", "message seq-15"]);
  });

  test("whoever goes back to what is shown after writing stays there, and not with what they wrote", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
    await scene.during(timeline?.showAround(10));
    const shown = scene.view.items;
    timeline?.wantNewest();
    timeline?.accepted(pending, { ...scene.server.send(), clientId: "c1" });
    expect(scene.view.items.at(-1)?.key).toBe("c1");
    scene.requests.take("message:page").reject(new MoimError("unavailable", "busy"));
    await settled();
    const back = expect(timeline?.showAround(11)).rejects.toMatchObject({ code: "unavailable" });
    expect(scene.view.items).toEqual(shown);
    scene.requests.cut();
    await back;
    await scene.heal();
    expect(messagesOf(scene).map(({ seq }) => seq)).toContain(11);
    expect(scene.view.hasNewer).toBe(true);
  });

  test("whoever writes is at the newest message, also where what is shown was to be loaded anew", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const refuse = () => scene.requests.asked.splice(0).map(({ reject }) => reject(busy));
    const busy = new MoimError("unavailable", "busy");
    void timeline?.reload();
    await settled();
    refuse();
    await settled();
    const jump = timeline?.showAround(37);
    const refused = expect(jump).rejects.toMatchObject({ code: "unavailable" });
    await settled();
    refuse();
    await refused;
    timeline?.wantNewest();
    for (let count = 0; count < 8; count++) scene.server.send();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    expect(messagesOf(scene).at(-1)?.seq).toBe(48);
  });

  test("nor is an own message left behind by a jump before which nothing was loaded", async () => {
    const scene = new RoomScene(0, 40);
    const timeline = scene.timelines.get(ROOM_ID);
    const jump = timeline?.showAround(10);
    await settled();
    timeline?.wantNewest();
    const own = { ...scene.server.send(), clientId: "c1" };
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    timeline?.accepted({ ...waiting, delivery: { state: "sending", sinceMs: 0 } }, own);
    expect(scene.view.items.map(({ key }) => key)).toEqual(["c1"]);
    await scene.during(jump);
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    expect(messagesOf(scene).at(-1)?.seq).toBe(41);
  });

  test("whoever writes in a room that is gone asks for nothing, nor do those who go on writing hurry a page", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 20_000 });
    scene.requests.take("message:page").reject(busy);
    await settled();
    timeline?.wantNewest();
    expect(scene.requests.asked).toEqual([]);
    timeline?.gone();
    timeline?.wantNewest();
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test.each(["before", "after"])(
    "an own message that is acknowledged %s the room is gone does not stay on its way for ever",
    async (when) => {
      const scene = new RoomScene(0, 3);
      await scene.heal();
      const timeline = scene.timelines.get(ROOM_ID);
      const own = { ...scene.server.send(), clientId: "c1" };
      const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
      const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
      // Told first, acknowledged then: nothing is left that would change the timeline.
      timeline?.receive([own]);
      if (when === "before") timeline?.accepted(pending, own);
      timeline?.gone();
      if (when === "after") timeline?.accepted(pending, own);
      expect(scene.view).toMatchObject({ state: "gone", items: [] });
    },
  );

  test("a place that somebody has left for another is not jumped back to when its pages come late", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const around = timeline?.showAround(10);
    await settled();
    const newest = timeline?.showAround(20);
    await settled();
    while (scene.requests.asked.length > 0) scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await Promise.all([around, newest]);
    expect(messagesOf(scene).map(({ seq }) => seq)).toContain(20);
    expect(messagesOf(scene).map(({ seq }) => seq)).not.toContain(10);
  });
});
