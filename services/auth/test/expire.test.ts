import { expect, it } from "vitest";
import { deleteExpired } from "../src/db/expire.ts";
import { bearer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

it("what has expired is deleted, and nothing else", async () => {
  server().clock.now = Date.now();
  const kept = await server().signUp("kept");
  const ended = await server().signUp("ended");
  await server().call("POST", "/api/auth/sign-out", undefined, bearer(ended.accessToken));
  await server().call("POST", "/api/auth/verification-codes", { email: "kept@example.org" });
  const weekMs = 604_800_000;
  server().clock.now -= 2 * weekMs;
  const gone = await server().signUp("gone");
  await server().refresh(gone.refreshToken);
  const old = await server().signUp("old");
  await server().call("POST", "/api/auth/sign-out", undefined, bearer(old.accessToken));
  await server().call("POST", "/api/auth/verification-codes", { email: "gone@example.org" });

  await deleteExpired(server().pool);
  const left = async (query: string) =>
    (await server().pool.query(query)).rows.map(({ key }) => key);
  const sessions = [kept.sessionId, ended.sessionId].sort();
  expect((await left("SELECT id AS key FROM auth.sessions")).sort()).toEqual(sessions);
  const tokens = await left("SELECT session_id AS key FROM auth.refresh_tokens");
  expect(tokens.sort()).toEqual(sessions);
  expect(await left("SELECT session_id AS key FROM auth.revocations")).toEqual([ended.sessionId]);
  expect(await left("SELECT email AS key FROM auth.verification_codes")).toEqual([
    "kept@example.org",
  ]);
  expect(await left("SELECT DISTINCT email AS key FROM auth.quotas")).toEqual(["kept@example.org"]);
  server().clock.now += 2 * weekMs;
  expect((await server().refresh(kept.refreshToken)).status).toBe(200);
});

it("however much has expired, none of it is left behind to pile up", async () => {
  await server().pool.query(
    `INSERT INTO auth.quotas (purpose, email, source, mails, failed_attempts, expires_at)
     SELECT 'sign-up', 'old' || n || '@example.org', '', 0, 0, now() - interval '1 hour'
     FROM generate_series(1, 20001) AS n`,
  );
  await deleteExpired(server().pool);
  const { rows } = await server().pool.query(
    "SELECT count(*)::int AS count FROM auth.quotas WHERE expires_at < now()",
  );
  expect(rows).toEqual([{ count: 0 }]);
});
