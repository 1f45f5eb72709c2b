import { describe, expect, test } from "vitest";
import { settled } from "../testing/manual-clock.ts";
import { Scene } from "../testing/scene.ts";

const REFRESH = "/api/auth/refresh";

describe("the connection", () => {
  test("is ready at session:ready, not at connect", async () => {
    const scene = new Scene();
    await scene.client.start();
    await settled();
    expect(scene.client.connection.current.state).toBe("connecting");
    await scene.ready();
    expect(scene.client.connection.current).toEqual({ state: "ready", nodeId: "node-1" });
  });

  test("comes back after a loss with a growing, bounded, jittered wait", async () => {
    const scene = await new Scene().connected();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      if (attempt === 0) scene.sockets.last.handlers.closed();
      else scene.sockets.last.handlers.refused(undefined);
      await settled();
      const { current } = scene.client.connection;
      if (current.state !== "waiting") throw new Error(`is ${current.state}`);
      waits.push(current.retryAtMs - scene.clock.now());
      await scene.clock.advance(waits.at(-1) ?? 0);
      expect(scene.sockets.opened).toHaveLength(attempt + 2);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test("a connection that was ready for a while resets the wait; one that dies at once does not", async () => {
    const scene = await new Scene().connected();
    const waitAfterLoss = async () => {
      scene.sockets.last.handlers.closed();
      await settled();
      const { current } = scene.client.connection;
      if (current.state !== "waiting") throw new Error(`is ${current.state}`);
      return current.retryAtMs - scene.clock.now();
    };
    expect(await waitAfterLoss()).toBe(250);
    await scene.clock.advance(250);
    await scene.ready();
    expect(await waitAfterLoss()).toBe(500);
    await scene.clock.advance(500);
    await scene.ready();
    await scene.clock.advance(5_000);
    expect(await waitAfterLoss()).toBe(250);
  });

  test("is woken from its wait when the network comes back or the page is looked at", async () => {
    const scene = await new Scene().connected();
    for (const event of ["online", "visible"] as const) {
      const opened = scene.sockets.opened.length;
      scene.sockets.last.handlers.closed();
      await settled();
      expect(scene.sockets.opened).toHaveLength(opened);
      await scene.tell(event);
      expect(scene.sockets.opened).toHaveLength(opened + 1);
    }
  });

  test("says offline while the platform knows that there is no network", async () => {
    const scene = await new Scene().connected();
    scene.isOnline = false;
    scene.sockets.last.handlers.closed();
    await scene.clock.advance(10_000);
    expect(scene.client.connection.current).toEqual({ state: "offline" });
    expect(scene.sockets.opened).toHaveLength(1);
    scene.isOnline = true;
    await scene.tell("online");
    expect(scene.sockets.opened).toHaveLength(2);
  });

  test("gives up a handshake that never comes to session:ready", async () => {
    const scene = new Scene();
    await scene.client.start();
    await scene.clock.advance(10_000);
    expect(scene.sockets.last.isClosed).toBe(true);
    await scene.clock.advance(500);
    expect(scene.sockets.opened).toHaveLength(2);
  });

  test("Molly's defect: a reconnect never uses a token known to be expired", async () => {
    const scene = await new Scene().connected();
    scene.auth.answerNext(REFRESH, "network down");
    const [first] = scene.sockets.opened;
    await scene.clock.advance(480_000);
    scene.sockets.last.handlers.closed();
    scene.auth.answerNext(REFRESH, ...Array<"network down">(80).fill("network down"));
    await scene.clock.advance(120_000);
    const expiresAt = 600_000;
    for (const socket of scene.sockets.opened) {
      if (socket !== first) expect(socket.token).toBe(first?.token);
    }
    const openedBefore = scene.sockets.opened.length;
    expect(scene.clock.now()).toBeGreaterThanOrEqual(1_000_000 + expiresAt);
    scene.sockets.last.handlers.closed();
    await settled();
    await scene.clock.advance(60_000);
    expect(scene.sockets.opened).toHaveLength(openedBefore);
    scene.auth.next.delete(REFRESH);
    await scene.clock.advance(120_000);
    const openedSince = scene.sockets.opened.slice(openedBefore);
    expect(openedSince.length).toBeGreaterThan(0);
    for (const { token } of openedSince) expect(token).not.toBe(first?.token);
  });

  test("a handshake refused for an expired token renews and comes back at once", async () => {
    const scene = new Scene();
    await scene.client.start();
    await settled();
    const [first] = scene.sockets.opened;
    scene.sockets.last.handlers.refused({ code: "token_expired" });
    await settled();
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    expect(scene.sockets.opened).toHaveLength(2);
    expect(scene.sockets.last.token).not.toBe(first?.token);
  });

  test("a server that calls every token expired is not asked without end", async () => {
    const scene = new Scene();
    await scene.client.start();
    for (let count = 0; count < 6; count++) {
      await settled();
      if (scene.sockets.opened.length > count) {
        scene.sockets.last.handlers.refused({ code: "token_expired" });
      }
    }
    await settled();
    expect(scene.sockets.opened).toHaveLength(2);
    expect(scene.client.connection.current.state).toBe("waiting");
  });

  test("a handshake refused for a revoked session signs out", async () => {
    const scene = new Scene();
    await scene.client.start();
    await settled();
    scene.sockets.last.handlers.refused({ code: "session_revoked" });
    await settled();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "revoked" });
    expect(scene.client.connection.current).toEqual({ state: "offline" });
    await scene.clock.advance(120_000);
    expect(scene.sockets.opened).toHaveLength(1);
  });

  test("another refusal is shown, and tried again later", async () => {
    const scene = new Scene();
    await scene.client.start();
    await settled();
    scene.sockets.last.handlers.refused({ code: "forbidden" });
    await settled();
    expect(scene.client.connection.current).toEqual({ state: "refused", code: "forbidden" });
    await scene.clock.advance(89_999);
    expect(scene.sockets.opened).toHaveLength(1);
    await scene.clock.advance(1);
    expect(scene.sockets.opened).toHaveLength(2);
  });

  test("a refusal that passes is only a reason to wait", async () => {
    const scene = new Scene();
    await scene.client.start();
    await settled();
    scene.sockets.last.handlers.refused({ code: "unavailable" });
    await settled();
    expect(scene.client.connection.current.state).toBe("waiting");
    await scene.clock.advance(250);
    expect(scene.sockets.opened).toHaveLength(2);
    scene.sockets.last.handlers.refused({ code: "rate_limited", retryAfterMs: 7_000 });
    await scene.clock.advance(6_999);
    expect(scene.sockets.opened).toHaveLength(2);
    await scene.clock.advance(1);
    expect(scene.sockets.opened).toHaveLength(3);
  });

  test("one tab too many does not come back by itself soon, but when it is looked at", async () => {
    const scene = await new Scene().connected();
    scene.sockets.last.handlers.event("session:closed", {
      code: "too_many_connections",
      reconnect: false,
    });
    await scene.clock.advance(60_000);
    expect(scene.sockets.opened).toHaveLength(1);
    await scene.tell("visible");
    expect(scene.sockets.opened).toHaveLength(2);
  });

  test("session:closed decides what follows", async () => {
    const scene = await new Scene().connected();
    scene.sockets.last.handlers.event("session:closed", { code: "slow_consumer", reconnect: true });
    await settled();
    expect(scene.client.connection.current.state).toBe("waiting");
    await scene.clock.advance(250);
    await scene.ready();
    scene.sockets.last.handlers.event("session:closed", {
      code: "session_revoked",
      reconnect: false,
    });
    await settled();
    expect(scene.client.session.current).toEqual({ state: "signed-out", reason: "revoked" });
  });

  test("a draining node is left at the moment it chose, without a wait of one's own", async () => {
    const scene = await new Scene().connected();
    const [first] = scene.sockets.opened;
    first?.handlers.event("server:draining", { reconnectAfterMs: 4_000 });
    await scene.clock.advance(3_999);
    expect(scene.sockets.opened).toHaveLength(1);
    await scene.clock.advance(1);
    expect(first?.isClosed).toBe(true);
    expect(scene.sockets.opened).toHaveLength(2);
  });

  test("nodes that drain one after the other are not tried without end", async () => {
    const scene = await new Scene().connected();
    for (let turn = 0; turn < 10; turn++) {
      if (scene.sockets.last.isClosed) break;
      scene.sockets.last.handlers.event("server:draining", { reconnectAfterMs: 0 });
      await scene.clock.advance(0);
      if (scene.client.connection.current.state === "connecting") await scene.ready();
    }
    expect(scene.sockets.opened.length).toBeLessThan(4);
    expect(scene.client.connection.current.state).toBe("waiting");
  });

  test("a draining node that closes before that moment is left within a second, at random", async () => {
    for (const randomly of [0.1, 0.9]) {
      const scene = await new Scene({ random: () => randomly }).connected();
      scene.sockets.last.handlers.event("server:draining", { reconnectAfterMs: 4_000 });
      scene.sockets.last.handlers.closed();
      await scene.clock.advance(randomly * 1_000 - 1);
      expect(scene.sockets.opened).toHaveLength(1);
      await scene.clock.advance(1);
      expect(scene.sockets.opened).toHaveLength(2);
    }
  });

  test("an event without an answer is unavailable after 10 s, and a silent connection is left", async () => {
    const scene = await new Scene().connected();
    const room = scene.client.openRoom("room");
    await settled();
    await scene.clock.advance(9_999);
    expect(scene.client.connection.current.state).toBe("ready");
    await scene.clock.advance(1);
    expect(scene.client.connection.current.state).toBe("waiting");
    expect(room.timeline.current.state).toBe("loading");
  });

  test("a connection that shows life is kept though one answer is missing", async () => {
    const scene = await new Scene().connected();
    scene.client.openRoom("room");
    await scene.clock.advance(5_000);
    scene.sockets.last.handlers.heard();
    await scene.clock.advance(5_000);
    expect(scene.client.connection.current.state).toBe("ready");
    expect(scene.sockets.opened).toHaveLength(1);
  });

  test("after sleep a connection that only looks open is found out within 3 s", async () => {
    const scene = await new Scene().connected();
    await scene.tell("visible");
    await scene.clock.advance(3_000);
    expect(scene.client.connection.current.state).toBe("waiting");
  });

  test("where the platform says that there is no network, sooner than that", async () => {
    const scene = await new Scene().connected();
    scene.isOnline = false;
    await scene.tell("offline");
    await scene.clock.advance(1_499);
    expect(scene.client.connection.current.state).toBe("ready");
    await scene.clock.advance(1);
    expect(scene.client.connection.current).toEqual({ state: "offline" });
  });

  test("stop ends every timer and socket", async () => {
    const scene = await new Scene().connected();
    scene.client.openRoom("room");
    await settled();
    await scene.client.stop();
    await settled();
    expect(scene.sockets.last.isClosed).toBe(true);
    expect(scene.clock.timersWaiting).toBe(0);
  });
});

describe("the token on a live socket", () => {
  test("is renewed in place at 80 % of its life, without a reconnect", async () => {
    const scene = await new Scene().connected();
    await scene.clock.advance(479_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
    await scene.clock.advance(2_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    const renew = scene.sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
    expect(renew.request.token).not.toBe(scene.sockets.last.token);
    await scene.clock.advance(480_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(3);
    expect(scene.sockets.opened).toHaveLength(1);
  });

  test("is renewed when the server says so, once, however often it says it", async () => {
    const scene = await new Scene().connected();
    for (let count = 0; count < 3; count++) {
      scene.sockets.last.handlers.event("token:expiring", { expiresAt: 0 });
    }
    await settled();
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
    scene.sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
    expect(scene.sockets.last.emitted.map(({ name }) => name)).not.toContain("token:renew");
  });

  test("expired, it is renewed within the grace, and what waits goes out then", async () => {
    const scene = await new Scene().connected();
    const room = scene.client.openRoom("room");
    await settled();
    scene.sockets.last.handlers.event("token:expired", { graceMs: 30_000 });
    expect(scene.client.connection.current).toEqual({ state: "renewing" });
    await room.send("hello");
    await settled();
    expect(scene.sockets.last.emitted.map(({ name }) => name)).not.toContain("message:send");
    scene.sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
    await settled();
    expect(scene.client.connection.current.state).toBe("ready");
    expect(scene.sockets.last.emitted.map(({ name }) => name)).toContain("message:send");
  });

  test.each(["before", "after"])(
    "expired and renewed, what was missed meanwhile is read, where the word of it comes %s the answer",
    async (when) => {
      const scene = await new Scene().connected();
      const room = scene.client.openRoom("room");
      const socket = scene.sockets.last;
      await settled();
      socket.answer("message:page", { data: { messages: [], rev: 40, hasMore: false } });
      await settled();
      socket.handlers.event("token:expired", { graceMs: 30_000 });
      await settled();
      const renewed = { reason: "renewed" } as const;
      if (when === "before") socket.handlers.event("resync", renewed);
      await settled();
      socket.answer("token:renew", { data: { expiresAt: 0 } });
      await settled();
      if (when === "after") socket.handlers.event("resync", renewed);
      await settled();
      const { request } = socket.answer("room:sync", {
        data: { rooms: [{ roomId: "room", rev: 40, changes: [], more: false, reset: false }] },
      });
      expect(request).toEqual({ rooms: [{ roomId: "room", rev: 40 }] });
      const names = socket.emitted.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["room:list"]));
      expect(room.timeline.current.state).toBe("ready");
    },
  );

  test("an answer token_expired renews, and the message goes out under the same clientId", async () => {
    const scene = await new Scene().connected();
    const room = scene.client.openRoom("room");
    await room.send("hello");
    await settled();
    const error = { code: "token_expired", retryable: true } as const;
    const first = scene.sockets.last.answer("message:send", { error });
    await settled();
    expect(scene.client.connection.current).toEqual({ state: "renewing" });
    scene.sockets.last.answer("token:renew", { data: { expiresAt: 0 } });
    await settled();
    const second = scene.sockets.last.emitted.find(({ name }) => name === "message:send");
    expect(second?.request.clientId).toBe(first.request.clientId);
  });

  test("a clock that is an hour off does not matter", async () => {
    const scene = new Scene();
    scene.serverAheadMs = 3_600_000;
    await scene.connected();
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
    await scene.clock.advance(470_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
    await scene.clock.advance(20_000);
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
  });

  test("nor does one that is an hour fast: no token looks expired for it", async () => {
    const scene = new Scene();
    scene.serverAheadMs = -3_600_000;
    await scene.connected();
    expect(scene.client.connection.current.state).toBe("ready");
    expect(scene.auth.callsTo(REFRESH)).toBe(1);
  });

  test("after sleep the first thing is a renewal", async () => {
    const scene = await new Scene().connected();
    scene.clock.sleep(550_000);
    await scene.tell("visible");
    expect(scene.auth.callsTo(REFRESH)).toBe(2);
  });
});
