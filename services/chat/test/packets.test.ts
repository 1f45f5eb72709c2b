import { randomUUID } from "node:crypto";
import { LIMITS } from "@moim/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { RawSocket } from "./support/raw-socket.ts";

let world: World;
const opened: RawSocket[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => {
  for (const raw of opened.splice(0)) raw.end();
});
afterAll(() => world.close());

async function ready(): Promise<RawSocket> {
  const token = await world.issuer.token(world.issuer.newUser());
  const raw = await RawSocket.ready(urlOf(world.nodes, 0), token);
  opened.push(raw);
  return raw;
}

function refusedWith(code: string) {
  return { ok: false, error: expect.objectContaining({ code, retryable: false }) };
}

/** Proves that the socket is well: it is answered. */
async function expectWell(raw: RawSocket, id = 999): Promise<void> {
  raw.send(`42${id}["room:list",{}]`);
  expect(await raw.answer(id)).toMatchObject({ ok: true });
}

/** A `message:send` of exactly so many bytes. */
function packetOf(bytes: number, id: number): string {
  const head = `2${id}["message:send",{"text":"`;
  return `4${head}${"a".repeat(bytes - head.length - 3)}"}]`;
}

describe("a packet", () => {
  it("of 64 KiB is read; one byte more is too_large, and the socket lives on", async () => {
    const raw = await ready();
    raw.send(packetOf(LIMITS.packetBytes, 1));
    raw.send(packetOf(LIMITS.packetBytes + 1, 2));
    const read = (await raw.answer(1)) as { error: { errors: unknown[] } };
    expect(read).toEqual(refusedWith("bad_request"));
    expect(read.error.errors.length).toBeGreaterThan(0);
    expect(await raw.answer(2)).toEqual(refusedWith("too_large"));
    await expectWell(raw);
  });

  it("is measured in bytes, not in characters", async () => {
    const raw = await ready();
    raw.send(`421["message:send",{"text":"${"한".repeat(LIMITS.packetBytes / 3)}"}]`);
    expect(await raw.answer(1)).toEqual(refusedWith("too_large"));
  });

  it("that is too large is answered without a callback, too, and by its name", async () => {
    const raw = await ready();
    raw.send(`42["room:create","${"x".repeat(2 * LIMITS.packetBytes)}"]`);
    const frame = await raw.frame((text) => text.startsWith('42["event:rejected"'));
    expect(JSON.parse(frame.slice(2))[1]).toMatchObject({
      event: "room:create",
      error: { code: "too_large" },
    });
    await expectWell(raw);
  });

  it("beyond what is read off the wire closes its own socket with 1009, and no other", async () => {
    const neighbour = await ready();
    const raw = await ready();
    raw.send(packetOf(4 * LIMITS.packetBytes + 100, 1));
    expect(await raw.closed()).toBe(1009);
    await expectWell(neighbour);
  });

  it("counts against the rate although it is not read", async () => {
    const raw = await ready();
    // So many that seconds, in which a busy machine lets more through, do not matter.
    const count = 3 * LIMITS.eventsBurst;
    for (let id = 0; id < count; id++) {
      raw.send(`45${1}-${id}["room:list",{"_placeholder":true,"num":0}]`);
      raw.send(Buffer.from([1]));
    }
    expect(await raw.answer(count - 1)).toMatchObject({
      ok: false,
      error: { code: "rate_limited" },
    });
  });
});

describe("binary attachments", () => {
  it("are refused at once: the answer does not wait for them, and they are dropped", async () => {
    const raw = await ready();
    raw.send(
      '452-7["message:send",{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}]',
    );
    expect(await raw.answer(7)).toEqual(refusedWith("bad_request"));
    raw.send(Buffer.alloc(60_000));
    raw.send(Buffer.alloc(60_000));
    await expectWell(raw);
  });

  it.each([
    ["out of place", [Buffer.from("hello")]],
    ["more than were announced", ['451-["room:list",{}]', Buffer.from("1"), Buffer.from("2")]],
    ["too many", ['4599-["room:list",{}]']],
    ["of an answer to nothing", ['461-1["x",{"_placeholder":true,"num":0}]']],
  ])("%s close their own socket", async (_, frames) => {
    const neighbour = await ready();
    const raw = await ready();
    for (const frame of frames) raw.send(frame);
    await raw.closed();
    await expectWell(neighbour);
  });
});

describe("an event", () => {
  it.each([
    ["an empty list", "421[]"],
    ["a name that is a number", "421[7,{}]"],
    ["more than one request", '421["room:list",{},{},{}]'],
    ["a request in the place of a list", '421["room:list",[{}]]'],
    ["no request", '421["room:get"]'],
    ["nothing at all but an id", "421"],
  ])("with %s is answered", async (_, frame) => {
    const raw = await ready();
    raw.send(frame);
    const answered = raw.answer(1).catch(() => undefined);
    const closed = raw.closed().catch(() => undefined);
    const outcome = await Promise.race([answered, closed]);
    // Socket.IO itself takes a list without a name for no packet at all.
    if (typeof outcome === "number") expect(frame).toBe("421[]");
    else expect(outcome).toMatchObject({ ok: expect.any(Boolean) });
  });

  it("with __proto__ for a name or a key changes nobody's prototype", async () => {
    const raw = await ready();
    raw.send('421["__proto__",{"__proto__":{"isAdmin":true}}]');
    raw.send(
      `422["message:send",{"roomId":"${randomUUID()}","__proto__":{"clientId":"${randomUUID()}","text":"x"}}]`,
    );
    raw.send('423["hasOwnProperty",{}]');
    raw.send('424["room:get",{"constructor":{"prototype":{"isAdmin":true}}}]');
    for (const id of [1, 2, 3, 4]) expect(await raw.answer(id)).toEqual(refusedWith("bad_request"));
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it("with a name of any length is answered by the beginning of it", async () => {
    const raw = await ready();
    raw.send(`42["${"n".repeat(60_000)}",{}]`);
    const frame = await raw.frame((text) => text.startsWith('42["event:rejected"'));
    expect(frame.length).toBeLessThan(500);
  });
});

describe("a connection", () => {
  it("on which handshakes never end is closed", async () => {
    const raw = await RawSocket.open(urlOf(world.nodes, 0));
    opened.push(raw);
    for (let count = 0; count < 10; count++) raw.send('40{"token":"no"}');
    await expect.poll(() => raw.frames.filter((frame) => frame.startsWith("44")).length).toBe(10);
    raw.send('40{"token":"no"}');
    await raw.closed();
  });

  it("that leaves without closing is closed: nobody would count it any more", async () => {
    const token = await world.issuer.token(world.issuer.newUser());
    const raw = await RawSocket.ready(urlOf(world.nodes, 0), token);
    opened.push(raw);
    raw.send("41");
    await raw.closed();
  });

  it("that asks for many sockets in one breath gets no more than its user may have", async () => {
    const user = world.issuer.newUser();
    const token = await world.issuer.token(user);
    // As a proxy would say it: engine.io itself knows the proxy's address alone.
    const address = "198.51.100.7";
    const raw = await RawSocket.open(urlOf(world.nodes, 0), { "x-forwarded-for": address });
    opened.push(raw);
    for (let count = 0; count < 10; count++) raw.send(`40${JSON.stringify({ token })}`);
    await expect
      .poll(() => raw.frames.filter((frame) => frame.startsWith("40")).length)
      .toBeGreaterThan(0);
    const neighbour = await ready();
    await expectWell(neighbour);
    const logs = at(world.nodes, 0).logs.join("\n");
    expect(logs).not.toContain('"level":"error"');
    // Each is told of with its address, though the connection's request is forgotten with the first.
    const accepted = at(world.nodes, 0).logs.filter(
      (line) => line.includes("connection accepted") && line.includes(user.userId),
    );
    expect(accepted.length).toBeGreaterThan(1);
    for (const line of accepted) expect(line).toContain(`"address":"${address}"`);
  });
});
