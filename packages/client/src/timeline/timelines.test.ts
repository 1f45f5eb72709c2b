import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MoimError } from "../moim-error.ts";
import { settled } from "../testing/manual-clock.ts";
import { ROOM_ID } from "../testing/messages.ts";
import { messagesOf, QUOTED, RoomScene } from "../testing/room-scene.ts";

const KINDS = [
  ...["send", "send", "send", "change", "change", "deliver", "deliver", "deliver", "lose"],
  ...["repeat", "handle", "handle", "answer", "answer", "refuse", "reconnect", "reopen", "head"],
  ...["older", "older", "newer", "newer", "jump", "jump", "toNewest", "write", "wait"],
] as const;
const steps = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat({ max: 40 }) }), {
  maxLength: 60,
  size: "max",
});

/** Quotes show what the server has, whatever the window was meanwhile. */
function expectQuotes({ quotes, server }: RoomScene): void {
  const held = new Map(server.visible().map((each) => [each.seq, each]));
  expect(quotes.map(({ current }) => current)).toEqual(QUOTED.map((seq) => held.get(seq) ?? null));
}

/** In order, no double, within the bound. (A sync in several answers may pass through holes.) */
function expectWindow(scene: RoomScene, messagesMax = Number.POSITIVE_INFINITY): void {
  const seqs = messagesOf(scene).map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
  expect(seqs.length).toBeLessThanOrEqual(messagesMax);
  // What calls itself current lacks nothing that was committed before the connection was made.
  const rev = scene.timelines.get(ROOM_ID)?.rev ?? 0;
  if (scene.view.isCurrent) expect(rev).toBeGreaterThanOrEqual(scene.revAtConnect);
}

describe("a room's timeline", () => {
  test("whatever is lost, repeated, reordered or cut: it ends in the server's state", async () => {
    const begun = fc.nat({ max: 20 });
    const history = fc.nat({ max: 6 });
    await fc.assert(
      fc.asyncProperty(begun, history, steps, async (messagesBefore, historyFromSeq, taken) => {
        const scene = new RoomScene(historyFromSeq, messagesBefore).withQuotes();
        for (const step of taken) {
          await scene.run(step);
          expectWindow(scene);
        }
        await scene.heal();
        expect(scene.view).toMatchObject({ state: "ready", isCurrent: true });
        // Wherever the window stands, what it shows is the server's.
        expect(messagesOf(scene)).toEqual(scene.shownOf(scene.server.visible()));
        expectQuotes(scene);
        // Whoever has written is at the newest message, whatever became of what was on its way then.
        if (!scene.isElsewhere) expect(scene.view.hasNewer).toBe(false);
        await scene.loadEverything();
        expect(messagesOf(scene)).toEqual(scene.server.visible());
        expect(scene.timelines.get(ROOM_ID)?.rev).toBe(scene.server.rev);
        // Complete means quiet: nothing is asked for any more.
        await scene.clock.advance(120_000);
        expect(scene.requests.asked).toEqual([]);
      }),
      { numRuns: 1_500, seed: 20_261_122 },
    );
  }, 120_000);

  test("nor does it with a bounded window, and the newest messages can always be had", async () => {
    const begun = fc.nat({ max: 20 });
    const history = fc.nat({ max: 6 });
    await fc.assert(
      fc.asyncProperty(begun, history, steps, async (messagesBefore, historyFromSeq, taken) => {
        const scene = new RoomScene(historyFromSeq, messagesBefore, 9).withQuotes();
        for (const step of taken) {
          await scene.run(step);
          expectWindow(scene, 9);
        }
        await scene.heal();
        expect(scene.view.isCurrent).toBe(true);
        expect(messagesOf(scene)).toEqual(scene.shownOf(scene.server.visible()));
        expectQuotes(scene);
        expect(scene.timelines.get(ROOM_ID)?.rev).toBe(scene.server.rev);
        await scene.during(scene.timelines.get(ROOM_ID)?.showNewest());
        await scene.heal();
        expect(scene.view.hasNewer).toBe(false);
        const shown = messagesOf(scene);
        expect(shown).toEqual(scene.server.visible().slice(-shown.length || undefined));
      }),
      { numRuns: 1_000, seed: 20_261_123 },
    );
  }, 120_000);

  test("a change ahead of the next one waits 300 ms, then the gap is fetched", async () => {
    const scene = new RoomScene(0, 3);
    await scene.heal();
    scene.server.send();
    scene.deliver([scene.server.send()]);
    await scene.clock.advance(299);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1);
    expect(scene.requests.take("room:sync").request.rooms).toEqual([{ roomId: ROOM_ID, rev: 3 }]);
  });

  test("changes that go on arriving do not put off the fetching of a gap", async () => {
    const scene = new RoomScene(0, 3);
    await scene.heal();
    scene.server.send();
    for (let count = 0; count < 4; count++) {
      scene.deliver([scene.server.send()]);
      await scene.clock.advance(100);
    }
    expect(scene.requests.take("room:sync").request.rooms).toEqual([{ roomId: ROOM_ID, rev: 3 }]);
  });

  test("a room one is no longer in is gone, and comes back when one is added again", async () => {
    const scene = new RoomScene(0, 3);
    await scene.heal();
    scene.timelines.get(ROOM_ID)?.gone();
    expect(scene.view).toMatchObject({ state: "gone", items: [] });
    scene.timelines.get(ROOM_ID)?.returned();
    expect(scene.view.state).toBe("loading");
    await scene.heal();
    expect(scene.view.state).toBe("ready");
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("a refusal that was asked for before one was added does not hide the room", async () => {
    const scene = new RoomScene(0, 3);
    await settled();
    const early = scene.requests.take("message:page");
    scene.timelines.get(ROOM_ID)?.returned();
    early.reject(new MoimError("not_found", "no member yet"));
    await scene.heal();
    expect(scene.view.state).toBe("ready");
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("a room closed while it showed an old place opens at the newest message", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    await scene.during(scene.timelines.get(ROOM_ID)?.showAround(10));
    expect(scene.view.hasNewer).toBe(true);
    scene.timelines.close(ROOM_ID);
    scene.timelines.open(ROOM_ID);
    await scene.heal();
    expect(messagesOf(scene).at(-1)?.seq).toBe(40);
  });

  test("a page asked for before one was removed shows nothing to who has come back since", async () => {
    const scene = new RoomScene(0, 8);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const loading = timeline?.loadOlder();
    scene.handle(0);
    const late = scene.answers.splice(0);
    timeline?.gone();
    scene.server.historyFromSeq = 5;
    timeline?.returned();
    await scene.heal();
    for (const answer of late) answer();
    await loading;
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("an answer to a sync that cannot be taken does not make a room current", async () => {
    const scene = new RoomScene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    scene.requests.ready = false;
    scene.timelines.catchUp();
    // Asked from further on than what is held by now: what lies between is not in it.
    const answer = { roomId: ROOM_ID, rev: 50, changes: [], more: false, reset: false };
    timeline?.synced(45, answer, true);
    expect(scene.view.isCurrent).toBe(false);
    timeline?.synced(40, answer, true);
    expect(scene.view.isCurrent).toBe(true);
  });

  test("an edit that arrives while the page of its message is on its way is not undone", async () => {
    const scene = new RoomScene(0, 8);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.handle(0);
    const edited = scene.server.change(1);
    scene.deliver(edited ? [edited] : undefined);
    for (const answer of scene.answers.splice(0)) answer();
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("nor is one that a sync brings meanwhile", async () => {
    const scene = new RoomScene(0, 8);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.handle(0);
    const edited = scene.server.change(1);
    scene.timelines.catchUp();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("an old announcement repeated while a page is on its way undoes nothing", async () => {
    const scene = new RoomScene(0, 8);
    const [, old] = scene.server.messages;
    const edited = scene.server.change(1);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.deliver(old ? [old] : undefined);
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("old pages of a room that nobody looks at are dropped and can be had again", async () => {
    const scene = new RoomScene(0, 230);
    await scene.heal();
    await scene.loadEverything();
    expect(messagesOf(scene)).toHaveLength(230);
    scene.timelines.get(ROOM_ID)?.trim(200);
    expect(messagesOf(scene)).toHaveLength(200);
    await scene.loadEverything();
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("of a room whose end is looked at for long the beginning is dropped, and nothing at an old place", async () => {
    const scene = new RoomScene(0, 0, 10_000);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const held = () => messagesOf(scene).map(({ seq }) => seq);
    for (let seq = 1; seq <= 1_000; seq++) scene.deliver([scene.server.send()]);
    timeline?.dropOld();
    expect(held()).toHaveLength(1_000);
    scene.deliver([scene.server.send()]);
    timeline?.dropOld();
    expect([held()[0], held().length, scene.view.hasOlder]).toEqual([502, 500, true]);
    await scene.during(timeline?.loadOlder());
    expect(held()[0]).toBe(498);
    await scene.during(timeline?.showAround(10));
    const before = held();
    timeline?.dropOld();
    expect(held()).toEqual(before);
  });
});
