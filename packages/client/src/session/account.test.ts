import { describe, expect, test } from "vitest";
import { COMMAND_TIMEOUT_MS, OFFLINE_COMMAND_TIMEOUT_MS } from "../bounds.ts";
import { settled } from "../testing/manual-clock.ts";
import { Scene } from "../testing/scene.ts";

const REFRESH = "/api/auth/refresh";
const PROFILE = "/api/users/me";

/** Signed in, with a token that has run out and no way to another one. */
async function withoutToken(isOnline: boolean): Promise<Scene> {
  const scene = await new Scene().connected();
  scene.isOnline = isOnline;
  scene.auth.hold = new Promise(() => {});
  await scene.clock.advance(scene.auth.ttlMs + 1);
  return scene;
}

describe("what somebody pressed a button for, while there is no token to be had", () => {
  test.each([
    ["without a network", false, OFFLINE_COMMAND_TIMEOUT_MS],
    ["with one", true, COMMAND_TIMEOUT_MS],
  ])("%s is refused in time", async (_how, isOnline, patienceMs) => {
    const scene = await withoutToken(isOnline);
    let code = "";
    scene.client.updateProfile({ bio: "" }).catch((error: { code: string }) => {
      code = error.code;
    });
    await scene.clock.advance(patienceMs - 1);
    expect(code).toBe("");
    await scene.clock.advance(1);
    expect(code).toBe("unavailable");
  });

  test("and is not done later, behind the back of whoever was told", async () => {
    const scene = await withoutToken(false);
    const updating = expect(scene.client.updateProfile({ bio: "" })).rejects.toMatchObject({
      code: "unavailable",
    });
    await scene.clock.advance(OFFLINE_COMMAND_TIMEOUT_MS);
    await updating;
    scene.auth.hold = null;
    scene.isOnline = true;
    await scene.tell("online");
    await scene.clock.advance(60_000);
    await settled();
    expect(scene.auth.callsTo(REFRESH), "there is a token again").toBeGreaterThan(1);
    expect(scene.auth.callsTo(PROFILE)).toBe(0);
  });
});
