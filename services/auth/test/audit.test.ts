import { expect, it } from "vitest";
import { bearer, PASSWORD, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
const NEXT = "another-horse-2";

type Line = { event: string; refused?: string; userId?: string; sessionId?: string };

/** What was audited since the last call, without what every line of a log has. */
function audited(): Line[] {
  return server()
    .logLines.splice(0)
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === "audit")
    .map(({ event, refused, code, userId, sessionId, address }) => {
      expect(address).toBe("127.0.0.1");
      return { event, refused, code, userId, sessionId };
    });
}

it("what concerns an account, and each refusal of it, each are a line with ids", async () => {
  const email = "audited@example.org";
  const { user, sessionId, accessToken, refreshToken } = await server().signUp("audited");
  const userId = user.id;
  expect(audited()).toEqual([{ event: "signed_up", userId, sessionId }]);

  await server().signIn(email, "wrong-horse-1");
  await server().signIn("nobody@example.org");
  const refusal = { event: "refused", refused: "signed_in", code: "token_invalid" };
  expect(audited()).toEqual([refusal, refusal]);
  const second = (await server().signIn(email)).body;
  expect(audited()).toEqual([{ event: "signed_in", userId, sessionId: second.sessionId }]);

  const ended = `/api/auth/sessions/${second.sessionId}`;
  await server().call("DELETE", ended, undefined, bearer(accessToken));
  await server().call("DELETE", "/api/auth/sessions", undefined, bearer(accessToken));
  expect(audited()).toEqual([
    { event: "sessions_ended", userId, sessionId: second.sessionId },
    { event: "sessions_ended", userId },
  ]);

  for (const currentPassword of ["wrong-horse-1", PASSWORD]) {
    const passwords = { currentPassword, newPassword: NEXT };
    await server().call("PUT", "/api/auth/password", passwords, bearer(accessToken));
  }
  const changed = { event: "password_changed", userId, sessionId };
  expect(audited()).toEqual([
    { ...changed, event: "refused", refused: "password_changed", code: "bad_request" },
    changed,
  ]);

  await server().call("POST", "/api/auth/sign-out", { refreshToken });
  expect(audited()).toEqual([{ event: "signed_out", userId, sessionId }]);
});

it("so are a reset of the password, a link that is none, and a deletion", async () => {
  const email = "forgetful@example.org";
  const userId = (await server().signUp("forgetful")).user.id;
  await server().call("POST", "/api/auth/password-resets", { email });
  const isLink = /reset-password\/([\w-]{43})/;
  await expect.poll(() => server().mails.some(({ text }) => isLink.test(text))).toBe(true);
  const [, token] =
    isLink.exec(
      server()
        .mails.map(({ text }) => text)
        .join("\n"),
    ) ?? [];
  audited();
  for (const path of ["x".repeat(43), token]) {
    await server().call("PUT", `/api/auth/password-resets/${path}`, { newPassword: NEXT });
  }
  expect(audited()).toEqual([
    { event: "refused", refused: "password_reset", code: "bad_request" },
    { event: "password_reset", userId },
  ]);

  const { sessionId, accessToken } = (await server().signIn(email, NEXT)).body;
  audited();
  for (const password of ["wrong-horse-1", NEXT]) {
    await server().call("DELETE", "/api/users/me", { password }, bearer(accessToken));
  }
  const deleted = { event: "account_deleted", userId, sessionId };
  expect(audited()).toEqual([
    { ...deleted, event: "refused", refused: "account_deleted", code: "bad_request" },
    deleted,
  ]);
});
