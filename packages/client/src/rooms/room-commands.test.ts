import { describe, expect, test } from "vitest";
import { COMMAND_TIMEOUT_MS, OFFLINE_COMMAND_TIMEOUT_MS } from "../bounds.ts";
import { settled } from "../testing/manual-clock.ts";
import { ALICE, BOB } from "../testing/messages.ts";
import { Scene } from "../testing/scene.ts";

const WALKS = { title: "Walks", userIds: [ALICE, BOB] };

describe("a group that was asked for without an answer", () => {
  test("is not made twice when the same group is asked for again", async () => {
    const scene = await new Scene().connected();
    const asked: unknown[] = [];
    const ask = async (group: typeof WALKS) => {
      const creating = scene.client.createGroup(group);
      const rejected = expect(creating).rejects.toMatchObject({ code: "unavailable" });
      await settled();
      const error = { code: "unavailable", message: "", retryAfterMs: COMMAND_TIMEOUT_MS } as const;
      asked.push(scene.sockets.last.answer("room:create", { error }).request.clientId);
      await rejected;
    };
    await ask(WALKS);
    await ask(WALKS);
    await ask({ ...WALKS, title: "Hikes" });
    expect(asked[1]).toBe(asked[0]);
    expect(asked[2], "another group").not.toBe(asked[0]);
  });
});

describe("what a person asks for without a network", () => {
  test("is refused soon, not after all the patience there is", async () => {
    const scene = await new Scene().connected();
    scene.isOnline = false;
    scene.sockets.last.handlers.closed();
    await settled();
    let code = "";
    scene.client.rename("room", "title").catch((error: { code: string }) => {
      code = error.code;
    });
    await scene.clock.advance(OFFLINE_COMMAND_TIMEOUT_MS - 1);
    expect(code).toBe("");
    await scene.clock.advance(1);
    expect(code).toBe("unavailable");
  });
});
