import type { ErrorBody, RequestOf, Room } from "@moim/protocol";
import { describe, expect, test } from "vitest";
import { COMMAND_TIMEOUT_MS, OFFLINE_COMMAND_TIMEOUT_MS, UNANSWERED_GROUP_MS } from "../bounds.ts";
import { settled } from "../testing/manual-clock.ts";
import { ALICE, BOB, message, roomSummary } from "../testing/messages.ts";
import { Scene } from "../testing/scene.ts";

const WALKS = { title: "Walks", userIds: [ALICE, BOB] };
/** Not asked again within the patience that there is. */
const UNAVAILABLE = { code: "unavailable", message: "", retryAfterMs: COMMAND_TIMEOUT_MS } as const;

/** What the next `room:create` asks for, refused with `error`. */
function refuse(scene: Scene, error: Pick<ErrorBody, "code" | "message" | "retryAfterMs">) {
  const { request } = scene.sockets.last.answer("room:create", { error });
  return (request as Extract<RequestOf<"room:create">, { kind: "group" }>).clientId;
}

describe("a group that was asked for without an answer", () => {
  async function askInVain(scene: Scene, group: typeof WALKS, error: Parameters<typeof refuse>[1]) {
    const creating = scene.client.createGroup(group);
    const rejected = expect(creating).rejects.toMatchObject({ code: error.code });
    await settled();
    const clientId = refuse(scene, error);
    await rejected;
    return clientId;
  }

  test("is not made twice when the same group is asked for again", async () => {
    const scene = await new Scene().connected();
    const first = await askInVain(scene, WALKS, UNAVAILABLE);
    expect(await askInVain(scene, WALKS, UNAVAILABLE)).toBe(first);
    const inAnotherOrder = { ...WALKS, userIds: [BOB, ALICE] };
    expect(await askInVain(scene, inAnotherOrder, UNAVAILABLE)).toBe(first);
    const other = await askInVain(scene, { ...WALKS, title: "Hikes" }, UNAVAILABLE);
    expect(other, "another group").not.toBe(first);
  });

  test("is another one when it is asked for long after", async () => {
    const scene = await new Scene().connected();
    const first = await askInVain(scene, WALKS, UNAVAILABLE);
    await scene.clock.advance(UNANSWERED_GROUP_MS - 1);
    expect(await askInVain(scene, WALKS, UNAVAILABLE)).toBe(first);
    await scene.clock.advance(UNANSWERED_GROUP_MS);
    expect(await askInVain(scene, WALKS, UNAVAILABLE)).not.toBe(first);
  });

  test("is forgotten once there was an answer, if only that it cannot be", async () => {
    const scene = await new Scene().connected();
    const first = await askInVain(scene, WALKS, UNAVAILABLE);
    expect(await askInVain(scene, WALKS, { code: "too_large", message: "" })).toBe(first);
    expect(await askInVain(scene, WALKS, UNAVAILABLE)).not.toBe(first);
  });

  test("is made anew when it was made, and left meanwhile", async () => {
    const scene = await new Scene().connected();
    const first = await askInVain(scene, WALKS, UNAVAILABLE);
    const creating = scene.client.createGroup(WALKS);
    const rejected = expect(creating).rejects.toMatchObject({ code: "too_large" });
    await settled();
    expect(refuse(scene, { code: "not_found", message: "" })).toBe(first);
    await settled();
    expect(refuse(scene, { code: "too_large", message: "" })).not.toBe(first);
    await rejected;
  });
});

describe("a room that is left", () => {
  async function leaving(kind: Room["kind"]) {
    const scene = await new Scene().connected();
    const room = roomSummary({
      id: "room",
      kind,
      lastMessage: message({ roomId: "room", seq: 1, rev: 1 }),
    });
    scene.client.rooms.subscribe(() => {});
    scene.sockets.last.handlers.event("room:added", { room });
    await scene.clock.advance(0);
    scene.sockets.last.answer("room:get", { data: { room } });
    await settled();
    const left = scene.client.leave("room");
    await settled();
    const answer = async () => {
      scene.sockets.last.answer("room:leave", { data: {} });
      await left;
    };
    const isListed = () => scene.client.rooms.current.rooms.length > 0;
    return { scene, answer, isListed };
  }

  test("goes at the answer, a group", async () => {
    const { answer, isListed } = await leaving("group");
    await answer();
    expect(isListed()).toBe(false);
  });

  test("goes when the server says so, a direct one", async () => {
    const { scene, answer, isListed } = await leaving("direct");
    scene.sockets.last.handlers.event("room:removed", { roomId: "room", reason: "left" });
    await answer();
    expect(isListed()).toBe(false);
  });

  test("stays where the other has written before the answer, a direct one", async () => {
    const { answer, isListed } = await leaving("direct");
    await answer();
    expect(isListed()).toBe(true);
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
