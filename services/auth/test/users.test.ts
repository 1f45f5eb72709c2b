import { beforeAll, describe, expect, it } from "vitest";
import { bearer, type SignedUp, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
let alice: SignedUp;
let bob: SignedUp;

beforeAll(async () => {
  alice = await server().signUp("alice_1");
  bob = await server().signUp("bob.stone");
  await server().signUp("Bobby가나", "bobby@example.org");
  await server().signUp("under_bob");
});

const patch = (body: object, { accessToken } = alice) =>
  server().call("PATCH", "/api/users/me", body, bearer(accessToken));

const find = (query: string, { accessToken } = alice) =>
  server().call("GET", `/api/users?${query}`, undefined, bearer(accessToken));

const search = async (query: string) =>
  (await find(`query=${encodeURIComponent(query)}`)).body.users.map(({ nickname }) => nickname);

describe("the own profile", () => {
  it("shows the address to its owner", async () => {
    const { status, body } = await server().call(
      "GET",
      "/api/users/me",
      undefined,
      bearer(alice.accessToken),
    );
    expect(status).toBe(200);
    expect(body).toEqual(alice.user);
    expect(body.email).toBe("alice_1@example.org");
  });

  it("changes what is given and nothing else", async () => {
    const { status, body } = await patch({
      bio: "안녕 👋",
      email: "evil@example.org",
      id: bob.user.id,
    });
    expect(status).toBe(200);
    expect(body).toEqual({ ...alice.user, bio: "안녕 👋" });
    expect((await patch({ name: "Alice A." })).body).toMatchObject({
      name: "Alice A.",
      bio: "안녕 👋",
    });
    expect((await patch({})).body).toMatchObject({ name: "Alice A.", bio: "안녕 👋" });
  });

  it("refuses a nickname that somebody else has, but lets one change the case of one's own", async () => {
    const taken = await patch({ nickname: "BOB.stone" });
    expect([taken.status, taken.body.code]).toEqual([409, "conflict"]);
    expect(taken.body.errors).toEqual([{ path: "nickname", message: "is taken" }]);
    expect((await patch({ nickname: "ALICE_1" })).body.nickname).toBe("ALICE_1");
  });

  it.each([
    { nickname: "a b" },
    { name: "" },
    { bio: "x".repeat(201) },
    { bio: 7 },
    { bio: "a\0b" },
    { avatarUrl: "" },
    { avatarUrl: 7 },
    { avatarUrl: "http://example.org/a.png" },
    { avatarUrl: "javascript:alert(1)//https://example.org" },
    { avatarUrl: "data:image/png;base64,AA==" },
    { avatarUrl: "https://" },
    { avatarUrl: "https:/example.org/a.png" },
    { avatarUrl: "https://example.org\\a.png" },
    { avatarUrl: " https://example.org/a.png" },
    { avatarUrl: "https://example.org/a\nb.png" },
    { avatarUrl: "https://example.org/a\0b.png" },
    { avatarUrl: "https://someone@example.org/a.png" },
    { avatarUrl: "https://someone:secret@example.org/a.png" },
    { avatarUrl: `https://example.org/${"a".repeat(2_048)}` },
  ])("refuses %j", async (body) => {
    const { status, body: answered } = await patch(body);
    expect([status, answered.errors?.map(({ path }) => path)[0]]).toEqual([
      400,
      Object.keys(body)[0],
    ]);
  });

  it("has a picture, which others see too, until it is taken away", async () => {
    const longest = `https://example.org/${"a".repeat(2_048)}`.slice(0, 2_048);
    for (const avatarUrl of [longest, "https://example.org/%EC%82%AC/사진.png?size=64#x", null]) {
      const { status, body } = await patch({ avatarUrl });
      expect([status, body.avatarUrl]).toEqual([200, avatarUrl]);
      expect((await patch({ bio: "as it was" })).body.avatarUrl).toBe(avatarUrl);
      const seen = await find(`ids=${alice.user.id}`, bob);
      expect(seen.body.users.map((user) => user.avatarUrl)).toEqual([avatarUrl]);
    }
  });
});

describe("the search for users", () => {
  it("finds by any part of nickname or name, in any case, the best first", async () => {
    expect(await search("BOB")).toEqual(["bob.stone", "Bobby가나", "under_bob"]);
    expect(await search("가")).toEqual(["Bobby가나"]);
    expect(await search("가".normalize("NFD"))).toEqual(["Bobby가나"]);
    expect(await search("ome on")).toEqual(["bob.stone", "Bobby가나", "under_bob"]);
    expect(await search("nobody")).toEqual([]);
  });

  it("leaves the caller out", async () => {
    expect(await search("alice")).toEqual([]);
    const { body } = await find("query=alice", bob);
    expect(body.users.map(({ id }) => id)).toEqual([alice.user.id]);
  });

  it("takes what patterns are made of for itself", async () => {
    expect(await search("%")).toEqual([]);
    expect(await search("_b")).toEqual(["under_bob"]);
    expect(await search("\\")).toEqual([]);
    expect(await search("o_b")).toEqual([]);
  });

  it("answers no more than asked for, and never more than twenty", async () => {
    expect((await find("query=bob&limit=2")).body.users).toHaveLength(2);
    for (const limit of ["21", "0", "-1", "x", "1.5"]) {
      expect((await find(`query=bob&limit=${limit}`)).status).toBe(400);
    }
    await server().pool.query(
      `INSERT INTO auth.users (id, email, nickname, name, created_at)
       SELECT gen_random_uuid(), 'many' || i, 'many' || i, 'many', now() FROM generate_series(1, 30) i`,
    );
    expect((await find("query=many")).body.users).toHaveLength(20);
  });

  it.each(["", "query=", "query=%20", "query=a&ids=b", "query=a&query=b", "query=%00"])(
    "refuses %j",
    async (query) => {
      const { status, body } = await find(query);
      expect([status, body.code]).toEqual([400, "bad_request"]);
    },
  );
});

describe("users by id", () => {
  it("come in the order asked for, without the unknown", async () => {
    const unknown = "00000000-0000-7000-8000-000000000000";
    const { body } = await find(`ids=${bob.user.id},${unknown},${alice.user.id},${bob.user.id}`);
    expect(body.users.map(({ id }) => id)).toEqual([bob.user.id, alice.user.id]);
  });

  it("are at most a hundred, and ids they must be", async () => {
    const ids = Array.from(
      { length: 101 },
      (_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`,
    );
    expect((await find(`ids=${ids.slice(1).join(",")}`)).status).toBe(200);
    expect((await find(`ids=${ids.join(",")}`)).status).toBe(400);
    expect((await find("ids=1,2")).status).toBe(400);
    expect((await find("ids=")).body.users).toEqual([]);
  });
});

it("the limit of look-ups is each user's own, not that of the address they come from", async () => {
  const names = ["lookup_1", "lookup_2"];
  const [first, second] = await Promise.all(names.map((name) => server().signUp(name)));
  const remaining = async (caller = first, remoteAddress = "192.0.2.1") => {
    const { headers } = await server().app.inject({
      url: `/api/users?ids=${alice.user.id}`,
      headers: bearer(caller?.accessToken ?? ""),
      remoteAddress,
    });
    return Number(headers["x-ratelimit-remaining"]);
  };
  const full = await remaining();
  expect(full).toBeGreaterThan(0);
  expect(await remaining(second)).toBe(full);
  expect(await remaining(first, "192.0.2.2")).toBe(full - 1);
});

describe("an address", () => {
  it("is never shown to others", async () => {
    const answers = [await find("query=bob"), await find(`ids=${bob.user.id}`)];
    for (const { body, text } of answers) {
      expect(body.users.length).toBeGreaterThan(0);
      expect(text).not.toContain("example.org");
      expect(Object.keys(body.users[0] ?? {}).sort()).toEqual(
        ["id", "nickname", "name", "bio", "avatarUrl"].sort(),
      );
    }
    expect((await find("query=example.org")).body.users).toEqual([]);
  });
});

it("nothing here is for callers without a token", async () => {
  for (const path of ["/api/users/me", "/api/users?query=bob", `/api/users?ids=${bob.user.id}`]) {
    const { status, body } = await server().call("GET", path);
    expect([status, body.code]).toEqual([401, "token_invalid"]);
  }
  expect((await server().call("PATCH", "/api/users/me", { bio: "x" })).status).toBe(401);
});
