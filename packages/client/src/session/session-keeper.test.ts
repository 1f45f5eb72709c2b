import { describe, expect, test } from "vitest";
import type { Tabs } from "../tabs.ts";
import { settled } from "../testing/manual-clock.ts";
import { ALICE, BOB } from "../testing/messages.ts";
import { Scene } from "../testing/scene.ts";
import type { SignOutMark } from "./sign-out-mark.ts";

const REFRESH = "/api/auth/refresh";
const SIGN_OUT = "/api/auth/sign-out";

const problem = (status: number, code: string, extra = {}) => ({
  status,
  body: { type: "about:blank", title: code, status, code, ...extra },
});

describe("restoring a session", () => {
  test("with a refresh token left, one is signed in", async () => {
    const scene = new Scene();
    await scene.client.start();
    expect(scene.client.session.current).toMatchObject({ state: "signed-in", me: { id: ALICE } });
  });

  test("without one, nobody is, and no reason is given", async () => {
    const scene = new Scene();
    scene.auth.answerNext(REFRESH, problem(401, "token_invalid"));
    await scene.client.start();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: null });
  });

  test("an expired one says so", async () => {
    const scene = new Scene();
    scene.auth.answerNext(REFRESH, problem(401, "token_expired"));
    await scene.client.start();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "expired" });
  });

  test("without a network it goes on trying, and signs nobody out", async () => {
    const scene = new Scene();
    const proxyError = { status: 502 };
    scene.auth.answerNext(REFRESH, "network down", proxyError, problem(503, "unavailable"));
    await scene.client.start();
    expect(scene.client.session.current.state).toBe("restoring");
    await scene.clock.advance(10_000);
    expect(scene.client.session.current.state).toBe("signed-in");
    expect(scene.auth.callsTo(REFRESH)).toBe(4);
  });

  test("a given session needs no request at all, and renews with its refresh token", async () => {
    const scene = new Scene();
    const session = { ...scene.auth.session(), refreshToken: "opaque" };
    const bot = new Scene({ session });
    await bot.connected();
    expect(bot.auth.calls).toEqual([]);
    await bot.clock.advance(490_000);
    expect(bot.auth.calls[0]).toMatchObject({
      path: REFRESH,
      body: { refreshToken: "opaque", tokenTransport: "body" },
    });
  });
});

describe("renewal", () => {
  test("Molly's defect: several requests at once make one refresh", async () => {
    const scene = await new Scene().connected();
    scene.clock.sleep(700_000);
    await Promise.all([
      scene.client.searchUsers("a"),
      scene.client.searchUsers("b"),
      scene.client.searchUsers("c"),
    ]);
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    const bearers = scene.auth.calls.flatMap(({ path, bearer }) =>
      path === "/api/users" ? [bearer] : [],
    );
    expect(new Set(bearers).size).toBe(1);
  });

  test("refused, it signs out with the reason", async () => {
    for (const [code, reason] of [
      ["session_revoked", "revoked"],
      ["token_expired", "expired"],
      ["token_invalid", "expired"],
    ] as const) {
      const scene = await new Scene().connected();
      scene.auth.answerNext(REFRESH, problem(401, code));
      scene.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
      await settled();
      expect(scene.client.session.current).toEqual({ state: "signed-out", reason });
      expect(scene.sockets.last.isClosed).toBe(true);
    }
  });

  test("without a network it is retried, and waits as long as the server asks", async () => {
    const scene = await new Scene().connected();
    const limited = { ...problem(429, "rate_limited"), headers: { "retry-after": "20" } };
    scene.auth.answerNext(REFRESH, limited);
    scene.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    await scene.clock.advance(19_999);
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    await scene.clock.advance(1);
    expect(scene.auth.callsTo(REFRESH)).toBe(3);
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("an answer that comes after the sign-out brings nobody back", async () => {
    const scene = await new Scene().connected();
    let release = () => {};
    scene.auth.hold = new Promise((resolve) => {
      release = resolve;
    });
    scene.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    await settled();
    const signedOut = scene.client.signOut();
    release();
    await signedOut;
    await settled();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
  });
});

describe("a renewal that is still being tried", () => {
  test("does not spend the refresh token of whoever signs in meanwhile", async () => {
    const scene = new Scene({ tokenTransport: "body" });
    scene.auth.answerNext(REFRESH, problem(503, "unavailable"));
    await scene.client.start();
    const signedIn = { ...scene.auth.session(), refreshToken: "fresh" };
    scene.auth.answerNext("/api/auth/sign-in", { status: 200, body: signedIn });
    await scene.client.signIn({ email: "bot@example.org", password: "secret-1" });
    await scene.clock.advance(60_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("is not waited for by a connection that needs a token of the new session", async () => {
    const scene = new Scene({ tokenTransport: "body" });
    const limited = { ...problem(429, "rate_limited"), headers: { "retry-after": "60" } };
    scene.auth.answerNext(REFRESH, limited);
    await scene.client.start();
    const signedIn = { ...scene.auth.session(), refreshToken: "fresh" };
    scene.auth.answerNext("/api/auth/sign-in", { status: 200, body: signedIn });
    await scene.client.signIn({ email: "bot@example.org", password: "secret-1" });
    await settled();
    scene.sockets.last.handlers.refused({ code: "token_expired" });
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    expect(scene.sockets.opened).toHaveLength(2);
  });
});

describe("a clock that is wrong", () => {
  test("makes no token look expired, also before a socket has told the time", async () => {
    const scene = new Scene();
    scene.serverAheadMs = -3_600_000;
    await scene.client.start();
    await scene.client.searchUsers("bob");
    await scene.client.searchUsers("carol");
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
  });
});

describe("signing in and out", () => {
  test("out: here at once, on the server with the token, and the socket is closed", async () => {
    const scene = await new Scene().connected();
    const signingOut = scene.client.signOut();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
    await signingOut;
    expect(scene.auth.calls.at(-1)).toMatchObject({ path: SIGN_OUT, method: "POST" });
    expect(scene.auth.calls.at(-1)?.bearer).toMatch(/^Bearer head\./);
    expect(scene.sockets.last.isClosed).toBe(true);
    expect(() => scene.client.openRoom("room")).toThrow("signed out");
  });

  test("in waits for a sign-out under way, which would take the new session's cookie with it", async () => {
    const scene = await new Scene().connected();
    let release = () => {};
    scene.auth.hold = new Promise((resolve) => {
      release = resolve;
    });
    const signingOut = scene.client.signOut();
    const signingIn = scene.client.signIn({ email: "a@example.org", password: "secret-1" });
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(scene.auth.callsTo("/api/auth/sign-in")).toBe(0);
    release();
    await Promise.all([signingOut, signingIn]);
    expect(scene.auth.callsTo("/api/auth/sign-in")).toBe(1);
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("what was on the screen of one user is gone before the next is signed in", async () => {
    const scene = await new Scene().connected();
    const room = scene.client.openRoom("room");
    await room.send("secret");
    await scene.client.signOut();
    scene.auth.answerNext("/api/auth/sign-in", { status: 200, body: scene.auth.session(BOB) });
    await scene.client.signIn({ email: "bob@example.org", password: "secret-1" });
    await settled();
    await scene.ready();
    expect(room.timeline.current).toMatchObject({ state: "gone", items: [] });
    expect(scene.sockets.last.emitted.map(({ name }) => name)).not.toContain("message:send");
    await expect(room.send("to whom?")).rejects.toMatchObject({ code: "token_invalid" });
  });

  test("a wrong password is an error with a code, and changes nothing", async () => {
    const scene = new Scene();
    scene.auth.answerNext(REFRESH, problem(401, "token_invalid"));
    await scene.client.start();
    scene.auth.answerNext("/api/auth/sign-in", problem(401, "token_invalid"));
    const credentials = { email: "a@example.org", password: "wrong" };
    await expect(scene.client.signIn(credentials)).rejects.toMatchObject({
      name: "MoimError",
      code: "token_invalid",
      retryable: false,
    });
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: null });
  });

  test("fields at fault are told", async () => {
    const scene = new Scene();
    const errors = [{ path: "code", message: "is required" }];
    scene.auth.answerNext("/api/auth/sign-up", problem(400, "bad_request", { errors }));
    const account = { email: "a@example.org", password: "x", nickname: "a", name: "A" };
    await expect(scene.client.signUp(account)).rejects.toMatchObject({
      code: "bad_request",
      errors,
    });
  });
});

describe("a sign-out that the server could not be told", () => {
  test("is finished next time: the cookie that is left brings nobody back", async () => {
    const marks = new Set<string>();
    const signOutMark: SignOutMark = {
      set: () => marks.add("set"),
      clear: () => marks.clear(),
      isSet: () => marks.size > 0,
    };
    const scene = await new Scene({ signOutMark }).connected();
    scene.auth.answerNext(SIGN_OUT, "network down");
    await scene.client.signOut();
    await scene.client.stop();
    const reopened = new Scene({ signOutMark });
    await reopened.client.start();
    expect(reopened.auth.calls.map(({ path }) => path)).toEqual([SIGN_OUT]);
    expect(reopened.client.session.current).toEqual({ state: "signed-out", reason: null });
    await reopened.client.stop();
    const once = new Scene({ signOutMark });
    await once.client.start();
    expect(once.auth.callsTo(SIGN_OUT)).toBe(0);
  });
});

describe("a sign-out without a network", () => {
  test("is told as soon as there is one, with the token that ends the session", async () => {
    const scene = new Scene({ tokenTransport: "body" });
    scene.auth.answerNext("/api/auth/sign-in", {
      status: 200,
      body: { ...scene.auth.session(), refreshToken: "opaque" },
    });
    await scene.client.signIn({ email: "bot@example.org", password: "secret-1" });
    scene.auth.answerNext(SIGN_OUT, "network down", problem(503, "unavailable"));
    await scene.client.signOut();
    expect(scene.auth.callsTo(SIGN_OUT)).toBe(1);
    await scene.clock.advance(60_000);
    expect(scene.auth.callsTo(SIGN_OUT)).toBe(3);
    expect(scene.auth.calls.at(-1)).toMatchObject({ body: { refreshToken: "opaque" } });
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("is given up for a new sign-in, whose cookie it would end", async () => {
    const scene = await new Scene().connected();
    scene.auth.answerNext(SIGN_OUT, "network down");
    await scene.client.signOut();
    await scene.client.signIn({ email: "a@example.org", password: "secret-1" });
    await settled();
    await scene.ready();
    await scene.clock.advance(60_000);
    expect(scene.auth.callsTo(SIGN_OUT)).toBe(1);
    expect(scene.client.session.current.state).toBe("signed-in");
  });

  test("that something in between refuses is not taken for told", async () => {
    const marks = new Set<string>();
    const signOutMark: SignOutMark = {
      set: () => marks.add("set"),
      clear: () => marks.clear(),
      isSet: () => marks.size > 0,
    };
    const scene = await new Scene({ signOutMark }).connected();
    scene.auth.answerNext(SIGN_OUT, { status: 404 });
    await scene.client.signOut();
    await scene.client.stop();
    const reopened = new Scene({ signOutMark });
    reopened.auth.answerNext(SIGN_OUT, { status: 404 });
    await reopened.client.start();
    expect(reopened.client.session.current.state).toBe("signed-out");
    expect(marks.size).toBe(1);
  });

  test("goes on where a sign-in meanwhile had the wrong password", async () => {
    const scene = await new Scene().connected();
    scene.auth.answerNext(SIGN_OUT, "network down");
    await scene.client.signOut();
    scene.auth.answerNext("/api/auth/sign-in", problem(401, "token_invalid"));
    const wrong = scene.client.signIn({ email: "a@example.org", password: "wrong" });
    await expect(wrong).rejects.toMatchObject({ code: "token_invalid" });
    await scene.clock.advance(1_000);
    expect(scene.auth.callsTo(SIGN_OUT)).toBe(2);
    expect(scene.clock.timersWaiting).toBe(0);
  });

  test("left over from last time, is told as soon as there is one", async () => {
    const marks = new Set(["set"]);
    const signOutMark: SignOutMark = {
      set: () => marks.add("set"),
      clear: () => marks.clear(),
      isSet: () => marks.size > 0,
    };
    const scene = new Scene({ signOutMark });
    scene.auth.answerNext(SIGN_OUT, "network down");
    await scene.client.start();
    expect(scene.client.session.current.state).toBe("signed-out");
    await scene.clock.advance(10_000);
    expect(scene.auth.callsTo(SIGN_OUT)).toBe(2);
    expect(marks.size).toBe(0);
  });
});

describe("an account that is deleted", () => {
  test("is signed out by its own doing, also where the socket hears of it first", async () => {
    const scene = await new Scene().connected();
    scene.auth.answerNext("/api/users/me", { status: 204 });
    let release = () => {};
    scene.auth.hold = new Promise((resolve) => {
      release = resolve;
    });
    const deleting = scene.client.deleteAccount("secret-1");
    await settled();
    const closed = { code: "session_revoked", reconnect: false };
    scene.sockets.last.handlers.event("session:closed", closed);
    await settled();
    release();
    await deleting;
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
  });

  test("stays signed in where the password was wrong, and a later end is what it is", async () => {
    const scene = await new Scene().connected();
    scene.auth.answerNext("/api/users/me", problem(400, "bad_request"));
    await expect(scene.client.deleteAccount("wrong")).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(scene.client.session.current.state).toBe("signed-in");
    const closed = { code: "session_revoked", reconnect: false };
    scene.sockets.last.handlers.event("session:closed", closed);
    await settled();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "revoked" });
  });
});

describe("several tabs", () => {
  let listeners: ((message: unknown) => void)[][] = [[], []];
  const post = (to: 0 | 1, message: unknown) => {
    for (const listener of listeners[to] ?? []) listener(structuredClone(message));
  };

  function twoTabs() {
    listeners = [[], []];
    let queue: Promise<unknown> = Promise.resolve();
    const tabs = (own: 0 | 1): Tabs => ({
      exclusively: (_name, work) => {
        const result = queue.then(work);
        queue = result.catch(() => {});
        return result;
      },
      post: (message) => post(own === 0 ? 1 : 0, message),
      subscribe: (listener) => {
        listeners[own]?.push(listener);
        return () => {};
      },
    });
    const first = new Scene({ tabs: tabs(0) });
    const second = new Scene({ tabs: tabs(1), fetch: first.auth.fetch, clock: first.clock });
    return { first, second };
  }

  test("whose tokens run out together refresh once", async () => {
    const { first, second } = twoTabs();
    await first.connected();
    await second.connected();
    // The second tab's token is the first's too; now both sockets know it.
    first.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    await settled();
    first.sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
    await settled();
    const before = first.auth.callsTo(REFRESH);
    first.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    second.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    // Answers take a few turns to be read; a second request would have been made by then.
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(first.auth.callsTo(REFRESH)).toBe(before + 1);
    for (const { sockets } of [first, second]) {
      const { request } = sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
      expect(request.token).not.toBe(sockets.last.token);
    }
  });

  test("a renewal that another tab made before it heard of the sign-out brings nobody back", async () => {
    const { first, second } = twoTabs();
    await first.connected();
    await second.connected();
    const late = { type: "session", session: first.auth.session() };
    await first.client.signOut();
    post(0, late);
    await settled();
    expect(first.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
    const another = { ...first.auth.session(BOB), sessionId: "another" };
    post(0, { type: "session", session: another });
    expect(first.client.session.current).toMatchObject({ state: "signed-in", me: { id: BOB } });
  });

  test("a tab that was frozen does not take a token of an hour ago for a new one", async () => {
    const { first, second } = twoTabs();
    await first.connected();
    await second.connected();
    const old = first.auth.session();
    first.clock.sleep(3_600_000);
    post(0, { type: "session", session: old, serverAheadMs: 0 });
    const before = first.auth.callsTo(REFRESH);
    await first.client.searchUsers("bob");
    expect(first.auth.callsTo(REFRESH)).toBe(before + 1);
  });

  test("a sign-out in one signs out the other", async () => {
    const { first, second } = twoTabs();
    await first.connected();
    await second.connected();
    await first.client.signOut();
    expect(second.client.session.current).toEqual({ state: "signed-out", reason: "signed-out" });
  });
});
