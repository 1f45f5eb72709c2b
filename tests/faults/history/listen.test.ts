import { expect, test } from "vitest";
import { Ear } from "./listen.ts";
import { Recorder } from "./recorder.ts";
import { ALICE, ROOM, text } from "./testing.ts";

const WHO = { client: "alice's phone", userId: ALICE };

function tokenUntil(exp: number): string {
  const parts = [
    { alg: "EdDSA", kid: "first" },
    { exp, sid: "session" },
  ];
  const [head, claims] = parts.map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  return `${head}.${claims}.signature`;
}

function ear(): { recorder: Recorder; ear: Ear } {
  const recorder = new Recorder();
  return { recorder, ear: new Ear(recorder, WHO, tokenUntil(1_000), true) };
}

test("a renewed token counts from when it was handed over: the server may deliver before it answers", () => {
  const { recorder, ear: listening } = ear();
  const answer = { ok: true, data: { expiresAt: 2_000_000 } };
  listening.answer("token:renew", { token: tokenUntil(2_000) }, answer, 77);
  expect(recorder.entries.at(-1)).toMatchObject({
    ...{ kind: "token", at: 77, expiresAt: 2_000_000, keyId: "first" },
  });
});

test("a token that was refused counts for nothing", () => {
  const { recorder, ear: listening } = ear();
  listening.answer("token:renew", { token: tokenUntil(2_000) }, { ok: false, error: {} }, 77);
  expect(recorder.entries).toHaveLength(1);
});

test("what is told, fetched and answered is told apart", () => {
  const { recorder, ear: listening } = ear();
  listening.event("room:changes", { roomId: ROOM, changes: [text(1)] });
  const synced = { rooms: [{ roomId: ROOM, rev: 2, changes: [text(2)] }, { gone: true }] };
  listening.answer("room:sync", {}, { ok: true, data: synced }, 0);
  const sent = { message: text(3), duplicate: false };
  const request = { roomId: ROOM, clientId: "c3" };
  listening.answer("message:send", request, { ok: true, data: sent }, 0);
  const came = recorder.entries.flatMap((entry) =>
    entry.kind === "arrived" ? [`${entry.path} ${entry.message.seq}`] : [],
  );
  expect(came).toEqual(["told 1", "fetched 2", "answered 3"]);
  expect(recorder.entries).toContainEqual(
    expect.objectContaining({ kind: "acknowledged", clientId: "c3", seq: 3 }),
  );
});
