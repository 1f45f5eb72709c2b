import { describe, expect, test } from "vitest";
import type { Presence } from "../api.ts";
import { PRESENCE_KEPT_MS } from "../bounds.ts";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, BOB } from "../testing/messages.ts";
import { PresenceWatch } from "./presence-watch.ts";

class Scene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly watch = new PresenceWatch({
    requests: this.requests,
    clock: this.clock,
    random: () => 0.5,
  });

  look(userId: string) {
    const seen: (Presence | null)[] = [];
    const end = this.watch.of(userId).subscribe((presence) => seen.push(presence));
    return { seen, end };
  }

  async answer(online: readonly string[]) {
    await this.clock.advance(50);
    const asked = this.requests.take("presence:watch");
    asked.resolve({ users: online.map((userId) => ({ userId, online: true, lastSeenAt: 5 })) });
    await settled();
    return asked.request.userIds;
  }
}

describe("who is online", () => {
  test("is asked for together, and told from then on", async () => {
    const scene = new Scene();
    const bob = scene.look(BOB);
    const alice = scene.look(ALICE);
    expect(await scene.answer([BOB])).toEqual([BOB, ALICE]);
    scene.watch.changed({ userId: BOB, online: false, lastSeenAt: 9 });
    expect(bob.seen).toEqual([
      null,
      { online: true, lastSeenAt: 5 },
      { online: false, lastSeenAt: 9 },
    ]);
    expect(alice.seen).toEqual([null]);
  });

  test("is watched for as long as somebody looks", async () => {
    const scene = new Scene();
    const [one, two] = [scene.look(BOB), scene.look(BOB)];
    await scene.answer([BOB]);
    one.end();
    one.end();
    await scene.clock.advance(1_000);
    expect(scene.requests.asked).toEqual([]);
    two.end();
    expect(await scene.answer([])).toEqual([]);
    expect(scene.watch.of(BOB).current).toBeNull();
  });

  test("is asked for anew after a reconnect, with what was known until then", async () => {
    const scene = new Scene();
    const bob = scene.look(BOB);
    await scene.answer([BOB]);
    scene.watch.renew();
    expect(bob.seen.at(-1)).toEqual({ online: true, lastSeenAt: 5 });
    expect(await scene.answer([])).toEqual([BOB]);
    expect(bob.seen.at(-1)).toBeNull();
  });

  test("is not known any more once the connection is away for long; a short break is not seen", async () => {
    const scene = new Scene();
    const bob = scene.look(BOB);
    await scene.answer([BOB]);
    scene.watch.connected(true);
    scene.watch.connected(false);
    await scene.clock.advance(PRESENCE_KEPT_MS - 1);
    scene.watch.connected(true);
    await scene.clock.advance(PRESENCE_KEPT_MS);
    expect(bob.seen.at(-1)).toEqual({ online: true, lastSeenAt: 5 });
    scene.watch.connected(false);
    scene.watch.connected(false);
    await scene.clock.advance(PRESENCE_KEPT_MS);
    expect(bob.seen.at(-1)).toBeNull();
    scene.watch.connected(false);
    scene.watch.stop();
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("an answer that a later question has overtaken changes nothing", async () => {
    const scene = new Scene();
    const bob = scene.look(BOB);
    await scene.clock.advance(50);
    const first = scene.requests.take("presence:watch");
    scene.look(ALICE);
    await scene.answer([ALICE, BOB]);
    first.resolve({ users: [] });
    await settled();
    expect(bob.seen.at(-1)).toEqual({ online: true, lastSeenAt: 5 });
  });

  test("a question without an answer is asked again", async () => {
    const scene = new Scene();
    scene.look(BOB);
    await scene.clock.advance(50);
    scene.requests.take("presence:watch").reject(new MoimError("unavailable", "no answer"));
    await scene.clock.advance(500);
    expect(await scene.answer([BOB])).toEqual([BOB]);
  });

  test("of more than the server watches, those looked at last are asked for", async () => {
    const scene = new Scene();
    for (let count = 0; count < 201; count++) scene.look(`user ${count}`);
    const asked = await scene.answer([]);
    expect([asked.length, asked[0], asked.at(-1)]).toEqual([200, "user 1", "user 200"]);
  });
});
