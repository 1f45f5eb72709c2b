import { readFileSync } from "node:fs";
import { readRevocations } from "@moim/service";
import { expect, it } from "vitest";
import { bearer, PASSWORD, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

/** As it stands in the page for operators; psql puts the id in. */
function statementFor(userId: string): string {
  const page = readFileSync(new URL("../../../docs/operating/abuse.md", import.meta.url), "utf8");
  const [statement = ""] = [...page.matchAll(/```sql\n([^`]+)```/g)]
    .map(([, sql = ""]) => sql)
    .filter((sql) => sql.includes(":'account'"));
  return statement.replaceAll(":'account'", `'${userId}'`);
}

const ask = (email: string) =>
  server().call("POST", "/api/auth/password-resets", { email }, { "x-forwarded-for": "192.0.2.7" });

it("whom an operator has shut out by the page's statement stays out, and nobody else does", async () => {
  const email = "spammer@example.org";
  const session = await server().signUp("spammer", email);
  const second = (await server().signIn(email)).body;
  const other = await server().signUp("bystander");
  await ask(email);
  const [, link = ""] = /reset-password\/([\w-]+)/.exec(server().mails.at(-1)?.text ?? "") ?? [];
  expect(link).toHaveLength(43);

  await server().pool.query(statementFor(session.user.id));

  for (const { accessToken, refreshToken } of [session, second]) {
    const me = await server().call("GET", "/api/users/me", undefined, bearer(accessToken));
    expect(me.body.code).toBe("session_revoked");
    expect((await server().refresh(refreshToken)).body.code).toBe("session_revoked");
  }
  // By which chat nodes close their sockets.
  const revoked = (await readRevocations(server().pool)).map(({ sessionId }) => sessionId);
  expect(revoked.sort()).toEqual([session.sessionId, second.sessionId].sort());
  for (const address of [email, `${session.user.id}@shut-out.invalid`]) {
    expect((await server().signIn(address, PASSWORD)).status).toBe(401);
  }
  const path = `/api/auth/password-resets/${link}`;
  const reset = await server().call("PUT", path, { newPassword: "another-horse-2" });
  expect(reset.status).toBeGreaterThanOrEqual(400);
  const mailed = server().mails.length;
  await ask(email);
  expect(server().mails.length).toBe(mailed);
  expect((await server().refresh(other.refreshToken)).status).toBe(200);
});
