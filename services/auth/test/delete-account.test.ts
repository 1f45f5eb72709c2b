import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { bearer, PASSWORD, type SignedUp, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

const remove = ({ accessToken }: SignedUp, password = PASSWORD) =>
  server().call("DELETE", "/api/users/me", { password }, bearer(accessToken));

const lookUp = async (query: string, { accessToken }: SignedUp) =>
  (await server().call("GET", `/api/users?${query}`, undefined, bearer(accessToken))).body.users;

/** The tables of ours that hold `text` anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows } = await server().pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'auth'",
  );
  const found = await Promise.all(
    rows.map(async ({ name }) => {
      const sql = `SELECT count(*)::int AS n FROM auth.${name} t WHERE t::text ILIKE '%' || $1 || '%'`;
      return (await server().pool.query(sql, [text])).rows[0].n > 0 ? [name] : [];
    }),
  );
  return found.flat().sort();
}

describe("deleting one's account", () => {
  it("ends every session at once, everywhere", async () => {
    const first = await server().signUp("leaver");
    const second = (await server().signIn("leaver@example.org")).body;
    expect((await remove(first)).status).toBe(204);
    for (const session of [first, second]) {
      const me = await server().call(
        "GET",
        "/api/users/me",
        undefined,
        bearer(session.accessToken),
      );
      expect([me.status, me.body.code]).toEqual([401, "session_revoked"]);
      expect((await server().refresh(session.refreshToken)).status).toBe(401);
      await expect
        .poll(() => server().announced.map(({ sessionId }) => sessionId))
        .toContain(session.sessionId);
    }
    const { rows } = await server().pool.query(
      "SELECT session_id FROM auth.revocations WHERE user_id = $1",
      [first.user.id],
    );
    expect(rows).toHaveLength(2);
    expect((await server().signIn("leaver@example.org")).status).toBe(401);
  });

  it("leaves an id that says so, and nothing by which one could be found", async () => {
    const watcher = await server().signUp("watcher");
    const gone = await server().signUp("goner_x");
    const { id } = gone.user;
    await remove(gone);
    expect(await lookUp(`ids=${id},${watcher.user.id}`, watcher)).toEqual([
      { id, nickname: "", name: "", bio: "", avatarUrl: null, deleted: true },
      expect.not.objectContaining({ deleted: expect.anything() }),
    ]);
    expect(await lookUp("query=goner", watcher)).toEqual([]);
    expect(await lookUp(`query=${id.slice(0, 20)}`, watcher)).toEqual([]);
  });

  it("erases the profile, the picture, the address and the device from every table", async () => {
    const gone = await server().signUp("erased_q", "erased-secret@example.org");
    const picture = await sharp({
      create: { width: 9, height: 9, channels: 3, background: "#fff" },
    })
      .png()
      .toBuffer();
    const headers = { ...bearer(gone.accessToken), "content-type": "image/png" };
    const { body } = await server().call("PUT", "/api/users/me/avatar", picture, headers);
    await server().call("PATCH", "/api/users/me", { bio: "bio-secret" }, bearer(gone.accessToken));
    await server().call("POST", "/api/auth/verification-codes", {
      email: "erased-secret@example.org",
    });
    expect(await tablesWith("erased-secret")).toContain("users");
    await remove(gone);
    // Counts of mails per address and day, which nobody may reset by signing up and leaving.
    expect(await tablesWith("erased-secret")).toEqual(["quotas"]);
    for (const text of ["erased_q", "bio-secret"]) expect(await tablesWith(text)).toEqual([]);
    expect(await tablesWith(gone.user.id)).toEqual(["deleted_users", "revocations"]);
    expect((await server().call("GET", body.avatarUrl ?? "")).status).toBe(404);
  });

  it("frees address and nickname for a new user", async () => {
    const gone = await server().signUp("phoenix");
    await remove(gone);
    const reborn = await server().signUp("Phoenix", "phoenix@example.org");
    expect(reborn.user.id).not.toBe(gone.user.id);
    const me = await server().call("GET", "/api/users/me", undefined, bearer(gone.accessToken));
    expect(me.status).toBe(401);
  });

  it.each([{}, { password: "" }, { password: 7 }, { password: "wrong-horse-1" }])(
    "needs the password: %j",
    async (body) => {
      const nickname = `stay${JSON.stringify(body).length}`;
      const stayer = await server().signUp(nickname);
      const refused = await server().call(
        "DELETE",
        "/api/users/me",
        body,
        bearer(stayer.accessToken),
      );
      expect([refused.status, refused.body.code]).toEqual([400, "bad_request"]);
      expect(refused.body.errors?.[0]?.path).toBe("password");
      expect((await server().signIn(`${nickname}@example.org`)).status).toBe(200);
    },
  );

  it("needs a token, and somebody else's password is of no use", async () => {
    expect((await server().call("DELETE", "/api/users/me", { password: PASSWORD })).status).toBe(
      401,
    );
    const victim = await server().signUp("bystander");
    const thief = await server().signUp("thief");
    await server().pool.query("UPDATE auth.users SET password_hash = NULL WHERE id = $1", [
      thief.user.id,
    ]);
    expect((await remove(thief)).status).toBe(400);
    expect((await server().refresh(victim.refreshToken)).status).toBe(200);
  });

  it("is one of many at once, and no session survives that began meanwhile", async () => {
    const racer = await server().signUp("racer");
    await server().warmUp();
    const [deleted, ...others] = await Promise.all([
      remove(racer),
      ...[1, 2, 3, 4].map(() => server().signIn("racer@example.org")),
      server().refresh(racer.refreshToken),
    ]);
    expect(deleted?.status).toBe(204);
    for (const { status } of others) expect([200, 401, 409]).toContain(status);
    const { rows } = await server().pool.query(
      "SELECT count(*)::int AS n FROM auth.sessions WHERE user_id = $1",
      [racer.user.id],
    );
    expect(rows[0].n).toBe(0);
    for (const { body } of others.filter(({ status }) => status === 200)) {
      const me = await server().call("GET", "/api/users/me", undefined, bearer(body.accessToken));
      expect(me.status).toBe(401);
    }
  });
});
