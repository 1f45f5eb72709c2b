import type { ClientEventName, DataOf, Message, RequestOf, SyncedRoom } from "@moim/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Readable } from "../api.ts";
import { MoimError } from "../moim-error.ts";
import { FakeRequests } from "../testing/fake-requests.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { ALICE, BOB, message, ROOM_ID } from "../testing/messages.ts";
import { Timelines } from "./timelines.ts";

const PAGE = 4;
const SYNC_CHANGES = 3;
const SYNC_BEHIND = 7;
const QUOTED = [2, 7, 15];

/** What a server does with one room, in small numbers so that every border is met. */
class RoomServer {
  readonly messages: Message[] = [];
  rev = 0;
  historyFromSeq: number;

  constructor(historyFromSeq: number) {
    this.historyFromSeq = historyFromSeq;
  }

  send(): Message {
    const seq = this.messages.length + 1;
    const sent = message({ seq, rev: ++this.rev, senderId: seq % 2 ? ALICE : BOB });
    this.messages.push(sent);
    return sent;
  }

  change(pick: number): Message | undefined {
    const index = this.messages.length ? pick % this.messages.length : -1;
    const old = this.messages[index];
    if (!old) return undefined;
    const rev = ++this.rev;
    const changed = { ...old, rev, text: `changed at ${rev}`, editedAt: rev };
    this.messages[index] = changed;
    return changed;
  }

  visible(): Message[] {
    return this.messages.filter(({ seq }) => seq >= this.historyFromSeq);
  }

  page({ before = Number.POSITIVE_INFINITY, after }: { before?: number; after?: number }) {
    if (after !== undefined) {
      const newer = this.visible().filter(({ seq }) => seq > after);
      return { messages: newer.slice(0, PAGE), rev: this.rev, hasMore: newer.length > PAGE };
    }
    const older = this.visible().filter(({ seq }) => seq < before);
    return { messages: older.slice(-PAGE), rev: this.rev, hasMore: older.length > PAGE };
  }

  sync(roomId: string, rev: number): SyncedRoom {
    const missing = this.visible()
      .filter((held) => held.rev > rev)
      .sort((one, other) => one.rev - other.rev);
    if (this.rev - rev > SYNC_BEHIND) {
      return { roomId, rev: this.rev, changes: [], more: false, reset: true };
    }
    const changes = missing.slice(0, SYNC_CHANGES);
    const more = missing.length > SYNC_CHANGES;
    const upTo = more ? (changes.at(-1)?.rev ?? rev) : this.rev;
    return { roomId, rev: upTo, changes, more, reset: false };
  }
}

/** A room's timeline, its server, and a network in between that a test plays with. */
class Scene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly server: RoomServer;
  timelines: Timelines;
  quotes: Readable<Message | null | undefined>[] = [];
  readonly #messagesMax: number;
  readonly announced: Message[][] = [];
  readonly delivered: Message[][] = [];
  readonly answers: (() => void)[] = [];
  /** Some delivery on a live connection did not take place: the server's promise is then to say where it stands. */
  hasLost = false;
  /** Whoever reads here has jumped since they wrote last, or has never written. */
  isElsewhere = true;
  /** What had been committed when the connection was made. */
  revAtConnect = 0;

  constructor(historyFromSeq: number, messagesBefore: number, messagesMax = 1_000) {
    this.server = new RoomServer(historyFromSeq);
    for (let count = 0; count < messagesBefore; count++) this.server.send();
    this.#messagesMax = messagesMax;
    this.timelines = this.#page();
  }

  #page(): Timelines {
    const timelines = new Timelines({
      ownUserId: ALICE,
      requests: this.requests,
      patientRequests: { request: (name, request) => this.#patiently(name, request) },
      clock: this.clock,
      random: () => 0.5,
      messagesMax: this.#messagesMax,
      onHeld: () => {},
      onGone: () => {},
      pending: () => [],
      room: () => null,
      roomIsCurrent: () => true,
    });
    timelines.open(ROOM_ID);
    return timelines;
  }

  /** Quotes are looked at from now on. */
  withQuotes(): this {
    const timeline = this.timelines.open(ROOM_ID);
    this.quotes = QUOTED.map((seq) => timeline.message(seq));
    for (const quote of this.quotes) quote.subscribe(() => {});
    return this;
  }

  /** Nobody waits for a quote: it is asked for until it is there. Jumps are given up, so that they fail, too. */
  async #patiently<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    try {
      return await this.requests.request(name, request);
    } catch (error) {
      if (!("limit" in request) || request.limit !== 1) throw error;
      return this.#patiently(name, request);
    }
  }

  /** The page is closed and opened again, with what is left of last time; then it is connected. */
  reopen(): void {
    const left = new Map(this.timelines.toRemember().map((each) => [each.roomId, each]));
    this.timelines.stop();
    this.announced.length = 0;
    this.answers.length = 0;
    this.requests.cut();
    this.timelines = this.#page();
    this.timelines.remember(left);
    if (this.quotes.length > 0) this.withQuotes();
    this.#connected();
  }

  get view() {
    const timeline = this.timelines.get(ROOM_ID);
    if (!timeline) throw new Error("not held");
    return timeline.view.current;
  }

  /** What this member may not see is a gap that only the server can explain. */
  announce(change: Message | undefined): void {
    if (!change) return;
    if (change.seq >= this.server.historyFromSeq) this.announced.push([change]);
    else this.hasLost = true;
  }

  deliver(packet: Message[] | undefined): void {
    if (!packet) return;
    this.delivered.push(packet);
    this.timelines.receive(ROOM_ID, packet);
  }

  /** The server reads now; when the answer arrives is another matter. */
  handle(pick: number): void {
    const [asked] = this.requests.asked.splice(pick % Math.max(1, this.requests.asked.length), 1);
    if (!asked) return;
    if (asked.name === "message:page") {
      const page = this.server.page(asked.request as RequestOf<"message:page">);
      this.answers.push(() => asked.resolve(page));
    } else {
      const { rooms } = asked.request as RequestOf<"room:sync">;
      const answer = { rooms: rooms.map(({ roomId, rev }) => this.server.sync(roomId, rev)) };
      this.answers.push(() => asked.resolve(answer));
    }
  }

  reconnect(): void {
    // Answers that were on their way are lost too; their requests count as unanswered.
    for (const answer of this.answers.splice(0)) answer();
    // No loss that needs telling: what is committed by now, the next sync must bring.
    this.announced.length = 0;
    this.requests.cut();
    this.#connected();
  }

  #connected(): void {
    this.revAtConnect = this.server.rev;
    this.timelines.catchUp();
  }

  async run(step: Step): Promise<void> {
    const at = (list: readonly unknown[]) => (list.length ? step.pick % list.length : 0);
    switch (step.kind) {
      case "send":
        this.announce(this.server.send());
        break;
      case "change":
        this.announce(this.server.change(step.pick));
        break;
      case "deliver":
        this.deliver(this.announced.splice(at(this.announced), 1)[0]);
        break;
      case "lose":
        if (this.announced.splice(at(this.announced), 1).length > 0) this.hasLost = true;
        break;
      case "repeat":
        this.deliver(this.delivered[at(this.delivered)]);
        break;
      case "handle":
        this.handle(step.pick);
        break;
      case "answer":
        this.answers.splice(at(this.answers), 1)[0]?.();
        break;
      case "refuse":
        this.requests.cut();
        break;
      case "reconnect":
        this.reconnect();
        break;
      case "reopen":
        this.reopen();
        break;
      case "head":
        this.timelines.get(ROOM_ID)?.head(this.server.rev);
        break;
      case "older":
        this.timelines
          .get(ROOM_ID)
          ?.loadOlder()
          .catch(() => {});
        break;
      case "newer":
        this.timelines
          .get(ROOM_ID)
          ?.loadNewer()
          .catch(() => {});
        break;
      case "jump":
        this.isElsewhere = true;
        this.timelines
          .get(ROOM_ID)
          ?.showAround(step.pick)
          .catch(() => {});
        break;
      case "toNewest":
        this.timelines
          .get(ROOM_ID)
          ?.showNewest()
          .catch(() => {});
        break;
      case "write":
        this.timelines.get(ROOM_ID)?.wantNewest();
        this.isElsewhere = false;
        break;
      case "wait":
        await this.clock.advance(step.pick * 20);
    }
    await settled();
  }

  /** The network is well again: everything arrives, or the server says where it stands. */
  async heal(): Promise<void> {
    for (const packet of this.announced.splice(0)) this.deliver(packet);
    if (this.hasLost) this.timelines.get(ROOM_ID)?.head(this.server.rev);
    for (let round = 0; round < 60; round++) {
      await this.clock.advance(2_000);
      while (this.requests.asked.length > 0) this.handle(0);
      for (const answer of this.answers.splice(0)) answer();
      await settled();
    }
  }

  /** Everything asked for is answered at once. */
  async during(loading: Promise<void> | undefined): Promise<void> {
    await settled();
    while (this.requests.asked.length > 0) this.handle(0);
    for (const answer of this.answers.splice(0)) answer();
    await loading;
  }

  /** What of the server's messages lies within the window. */
  shownOf(all: readonly Message[]): Message[] {
    const shown = messagesOf(this);
    const [first, last] = [shown[0]?.seq ?? 0, shown.at(-1)?.seq ?? 0];
    return all.filter(
      ({ seq }) => (seq >= first || !this.view.hasOlder) && (seq <= last || !this.view.hasNewer),
    );
  }

  async loadEverything(): Promise<void> {
    const timeline = this.timelines.get(ROOM_ID);
    for (let page = 0; page < 60 && this.view.hasNewer; page++) {
      await this.during(timeline?.loadNewer());
    }
    for (let page = 0; page < 60 && this.view.hasOlder; page++) {
      await this.during(timeline?.loadOlder());
    }
  }
}

const KINDS = [
  ...["send", "send", "send", "change", "change", "deliver", "deliver", "deliver", "lose"],
  ...["repeat", "handle", "handle", "answer", "answer", "refuse", "reconnect", "reopen", "head"],
  ...["older", "older", "newer", "newer", "jump", "jump", "toNewest", "write", "wait"],
] as const;
type Step = { kind: string; pick: number };
const steps = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat({ max: 40 }) }), {
  maxLength: 60,
  size: "max",
});

function messagesOf(scene: Scene): Message[] {
  return scene.view.items.flatMap((item) => (item.kind === "message" ? [item.message] : []));
}

/** Quotes show what the server has, whatever the window was meanwhile. */
function expectQuotes({ quotes, server }: Scene): void {
  const held = new Map(server.visible().map((each) => [each.seq, each]));
  expect(quotes.map(({ current }) => current)).toEqual(QUOTED.map((seq) => held.get(seq) ?? null));
}

/** In order, no double, within the bound. (A sync in several answers may pass through holes.) */
function expectWindow(scene: Scene, messagesMax = Number.POSITIVE_INFINITY): void {
  const seqs = messagesOf(scene).map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
  expect(seqs.length).toBeLessThanOrEqual(messagesMax);
  // What calls itself current lacks nothing that was committed before the connection was made.
  const rev = scene.timelines.get(ROOM_ID)?.rev ?? 0;
  if (scene.view.isCurrent) expect(rev).toBeGreaterThanOrEqual(scene.revAtConnect);
}

describe("a room's timeline", () => {
  test("whatever is lost, repeated, reordered or cut: it ends in the server's state", async () => {
    const begun = fc.nat({ max: 20 });
    const history = fc.nat({ max: 6 });
    await fc.assert(
      fc.asyncProperty(begun, history, steps, async (messagesBefore, historyFromSeq, taken) => {
        const scene = new Scene(historyFromSeq, messagesBefore).withQuotes();
        for (const step of taken) {
          await scene.run(step);
          expectWindow(scene);
        }
        await scene.heal();
        expect(scene.view).toMatchObject({ state: "ready", isCurrent: true });
        // Wherever the window stands, what it shows is the server's.
        expect(messagesOf(scene)).toEqual(scene.shownOf(scene.server.visible()));
        expectQuotes(scene);
        // Whoever has written is at the newest message, whatever became of what was on its way then.
        if (!scene.isElsewhere) expect(scene.view.hasNewer).toBe(false);
        await scene.loadEverything();
        expect(messagesOf(scene)).toEqual(scene.server.visible());
        expect(scene.timelines.get(ROOM_ID)?.rev).toBe(scene.server.rev);
        // Complete means quiet: nothing is asked for any more.
        await scene.clock.advance(120_000);
        expect(scene.requests.asked).toEqual([]);
      }),
      { numRuns: 1_500, seed: 20_261_122 },
    );
  }, 120_000);

  test("nor does it with a bounded window, and the newest messages can always be had", async () => {
    const begun = fc.nat({ max: 20 });
    const history = fc.nat({ max: 6 });
    await fc.assert(
      fc.asyncProperty(begun, history, steps, async (messagesBefore, historyFromSeq, taken) => {
        const scene = new Scene(historyFromSeq, messagesBefore, 9).withQuotes();
        for (const step of taken) {
          await scene.run(step);
          expectWindow(scene, 9);
        }
        await scene.heal();
        expect(scene.view.isCurrent).toBe(true);
        expect(messagesOf(scene)).toEqual(scene.shownOf(scene.server.visible()));
        expectQuotes(scene);
        expect(scene.timelines.get(ROOM_ID)?.rev).toBe(scene.server.rev);
        await scene.during(scene.timelines.get(ROOM_ID)?.showNewest());
        await scene.heal();
        expect(scene.view.hasNewer).toBe(false);
        const shown = messagesOf(scene);
        expect(shown).toEqual(scene.server.visible().slice(-shown.length || undefined));
      }),
      { numRuns: 1_000, seed: 20_261_123 },
    );
  }, 120_000);

  test("a change ahead of the next one waits 300 ms, then the gap is fetched", async () => {
    const scene = new Scene(0, 3);
    await scene.heal();
    scene.server.send();
    scene.deliver([scene.server.send()]);
    await scene.clock.advance(299);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1);
    expect(scene.requests.take("room:sync").request.rooms).toEqual([{ roomId: ROOM_ID, rev: 3 }]);
  });

  test("changes that go on arriving do not put off the fetching of a gap", async () => {
    const scene = new Scene(0, 3);
    await scene.heal();
    scene.server.send();
    for (let count = 0; count < 4; count++) {
      scene.deliver([scene.server.send()]);
      await scene.clock.advance(100);
    }
    expect(scene.requests.take("room:sync").request.rooms).toEqual([{ roomId: ROOM_ID, rev: 3 }]);
  });

  test("a room one is no longer in is gone, and comes back when one is added again", async () => {
    const scene = new Scene(0, 3);
    await scene.heal();
    scene.timelines.get(ROOM_ID)?.gone();
    expect(scene.view).toMatchObject({ state: "gone", items: [] });
    scene.timelines.get(ROOM_ID)?.returned();
    expect(scene.view.state).toBe("loading");
    await scene.heal();
    expect(scene.view.state).toBe("ready");
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("a refusal that was asked for before one was added does not hide the room", async () => {
    const scene = new Scene(0, 3);
    await settled();
    const early = scene.requests.take("message:page");
    scene.timelines.get(ROOM_ID)?.returned();
    early.reject(new MoimError("not_found", "no member yet"));
    await scene.heal();
    expect(scene.view.state).toBe("ready");
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("a room closed while it showed an old place opens at the newest message", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    await scene.during(scene.timelines.get(ROOM_ID)?.showAround(10));
    expect(scene.view.hasNewer).toBe(true);
    scene.timelines.close(ROOM_ID);
    scene.timelines.open(ROOM_ID);
    await scene.heal();
    expect(messagesOf(scene).at(-1)?.seq).toBe(40);
  });

  test("whoever writes at an old place without a network is at the newest message with the next one", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    scene.requests.ready = false;
    timeline?.wantNewest();
    await scene.clock.advance(60_000);
    expect(scene.view.hasNewer).toBe(true);
    scene.requests.ready = true;
    scene.timelines.catchUp();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    await scene.during(timeline?.showAround(10));
    scene.timelines.catchUp();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(true);
  });

  test("nor is that forgotten when the newest page cannot be had at once", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    scene.requests.ready = false;
    timeline?.wantNewest();
    await settled();
    scene.requests.ready = true;
    scene.timelines.catchUp();
    await settled();
    scene.requests.take("message:page").reject(new MoimError("unavailable", "busy"));
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
  });

  test("a room that is gone is gone, also while another place in it is waited for", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    jump?.catch(() => {});
    scene.timelines.catchUp();
    await settled();
    const sync = scene.requests.take("room:sync");
    sync.resolve({ rooms: [{ roomId: ROOM_ID, gone: true }] });
    await settled();
    const notFound = new MoimError("not_found", "no member");
    while (scene.requests.asked.length > 0) {
      scene.requests.take("message:page").reject(notFound);
      await settled();
    }
    expect(scene.view).toMatchObject({ state: "gone", items: [] });
  });

  test.each(["not_found", "unavailable", "bad_request"] as const)(
    "what has to be loaded anew is, also where a jump that was under way ends in %s",
    async (code) => {
      const scene = new Scene(0, 40);
      await scene.heal();
      for (let count = 0; count < SYNC_BEHIND + 1; count++) scene.server.send();
      const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
      const refused = expect(jump).rejects.toMatchObject({ code });
      await settled();
      const pages = [scene.requests.take("message:page"), scene.requests.take("message:page")];
      scene.timelines.catchUp();
      await settled();
      scene.handle(0);
      for (const answer of scene.answers.splice(0)) answer();
      await settled();
      expect(scene.requests.asked).toEqual([]);
      for (const page of pages) page.reject(new MoimError(code, "refused"));
      await refused;
      await scene.heal();
      expect(scene.view.isCurrent).toBe(true);
      expect(messagesOf(scene).at(-1)?.seq).toBe(40 + SYNC_BEHIND + 1);
    },
  );

  test("what was told to wait is not hurried by a jump that fails meanwhile", async () => {
    const scene = new Scene(0, 3);
    await settled();
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 20_000 });
    scene.requests.take("message:page").reject(busy);
    await settled();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    const refused = expect(jump).rejects.toMatchObject({ code: "not_found" });
    await scene.during(jump?.catch(() => {}));
    await refused;
    await scene.clock.advance(19_000);
    expect(scene.requests.asked).toEqual([]);
    await scene.clock.advance(1_000);
    expect(scene.requests.asked).toHaveLength(1);
  });

  test("a quote is fetched anew where an edit may have been missed", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const quoted = timeline?.message(2);
    quoted?.subscribe(() => {});
    await scene.during(Promise.resolve());
    await settled();
    const edited = scene.server.change(1);
    scene.timelines.catchUp();
    await scene.during(Promise.resolve());
    await settled();
    expect(quoted?.current).toEqual(edited);
  });

  test("a quote shows what has become of its message, also where the window begins anew without a word of it", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const quoted = [38, 40].map((seq) => scene.timelines.get(ROOM_ID)?.message(seq));
    for (const each of quoted) each?.subscribe(() => {});
    // One is outside of the new window, the other in it: nobody has to ask for that one.
    const edited = [scene.server.change(37)];
    for (let count = 0; count < SYNC_BEHIND; count++) {
      if (count < 2) scene.server.send();
      else edited[1] = scene.server.change(39);
    }
    scene.timelines.catchUp();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await settled();
    expect(quoted[1]?.current).toEqual(edited[1]);
    expect(scene.requests.asked.map(({ request }) => request)).toEqual([
      { roomId: ROOM_ID, before: 39, limit: 1 },
    ]);
    await scene.during(Promise.resolve());
    await settled();
    expect(quoted[0]?.current).toEqual(edited[0]);
  });

  test("nor is it told where a jump is over before the rest of a sync", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const quoted = scene.timelines.get(ROOM_ID)?.message(38);
    quoted?.subscribe(() => {});
    for (let count = 0; count < SYNC_CHANGES; count++) scene.server.send();
    const edited = scene.server.change(37);
    scene.timelines.catchUp();
    await settled();
    const jump = scene.timelines.get(ROOM_ID)?.showAround(10);
    await settled();
    while (scene.requests.asked.length > 0) scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await jump;
    await scene.heal();
    expect(quoted?.current).toEqual(edited);
  });

  test("a quote shows no more than a restored database has", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const quoted = scene.timelines.get(ROOM_ID)?.message(38);
    quoted?.subscribe(() => {});
    const [before] = scene.server.messages.slice(37, 38);
    if (!before) throw new Error("there are forty");
    const edited = scene.server.change(37);
    scene.deliver(edited && [edited]);
    expect(quoted?.current).toEqual(edited);
    scene.server.messages[37] = before;
    scene.server.rev += 1_000;
    scene.timelines.catchUp();
    await scene.heal();
    expect(messagesOf(scene)).toContainEqual(before);
    expect(quoted?.current).toEqual(before);
  });

  test("an own message that is acknowledged before an earlier one has arrived stays in view", async () => {
    const scene = new Scene(0, 3);
    await scene.heal();
    scene.server.send();
    const own = scene.server.send();
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const delivery = { state: "sending", sinceMs: 0 } as const;
    scene.timelines.get(ROOM_ID)?.accepted({ ...waiting, delivery }, { ...own, clientId: "c1" });
    expect(scene.view.items.map(({ key }) => key)).toEqual(["seq-1", "seq-2", "seq-3", "c1"]);
    await scene.heal();
    expect(scene.view.items.map(({ kind }) => kind)).toEqual(Array(5).fill("message"));
  });

  test("an own message written at an old place stays in view until the newest messages are there", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const shown = () => scene.view.items.slice(-2).map(({ kind, key }) => `${kind} ${key}`);
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
    const accept = () => {
      const own = { ...scene.server.send(), clientId: "c1" };
      timeline?.accepted(pending, own);
    };
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    accept();
    expect(shown()).toEqual(["message seq-14", "pending c1"]);
    await scene.heal();
    expect(shown()).toEqual(["message seq-40", "message seq-41"]);

    // Who goes elsewhere first leaves it behind.
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    accept();
    await scene.during(timeline?.showAround(11));
    expect(shown()).toEqual(["message seq-14", "message seq-15"]);
  });

  test("whoever goes back to what is shown after writing stays there, and not with what they wrote", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
    await scene.during(timeline?.showAround(10));
    const shown = scene.view.items;
    timeline?.wantNewest();
    timeline?.accepted(pending, { ...scene.server.send(), clientId: "c1" });
    expect(scene.view.items.at(-1)?.key).toBe("c1");
    scene.requests.take("message:page").reject(new MoimError("unavailable", "busy"));
    await settled();
    const back = expect(timeline?.showAround(11)).rejects.toMatchObject({ code: "unavailable" });
    expect(scene.view.items).toEqual(shown);
    scene.requests.cut();
    await back;
    await scene.heal();
    expect(messagesOf(scene).map(({ seq }) => seq)).toContain(11);
    expect(scene.view.hasNewer).toBe(true);
  });

  test("whoever writes is at the newest message, also where what is shown was to be loaded anew", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const refuse = () => scene.requests.asked.splice(0).map(({ reject }) => reject(busy));
    const busy = new MoimError("unavailable", "busy");
    void timeline?.reload();
    await settled();
    refuse();
    await settled();
    const jump = timeline?.showAround(37);
    const refused = expect(jump).rejects.toMatchObject({ code: "unavailable" });
    await settled();
    refuse();
    await refused;
    timeline?.wantNewest();
    for (let count = 0; count < 8; count++) scene.server.send();
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    expect(messagesOf(scene).at(-1)?.seq).toBe(48);
  });

  test("nor is an own message left behind by a jump before which nothing was loaded", async () => {
    const scene = new Scene(0, 40);
    const timeline = scene.timelines.get(ROOM_ID);
    const jump = timeline?.showAround(10);
    await settled();
    timeline?.wantNewest();
    const own = { ...scene.server.send(), clientId: "c1" };
    const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
    timeline?.accepted({ ...waiting, delivery: { state: "sending", sinceMs: 0 } }, own);
    expect(scene.view.items.map(({ key }) => key)).toEqual(["c1"]);
    await scene.during(jump);
    await scene.heal();
    expect(scene.view.hasNewer).toBe(false);
    expect(messagesOf(scene).at(-1)?.seq).toBe(41);
  });

  test("whoever writes in a room that is gone asks for nothing, nor do those who go on writing hurry a page", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    await scene.during(timeline?.showAround(10));
    timeline?.wantNewest();
    const busy = new MoimError("rate_limited", "slowly", { retryAfterMs: 20_000 });
    scene.requests.take("message:page").reject(busy);
    await settled();
    timeline?.wantNewest();
    expect(scene.requests.asked).toEqual([]);
    timeline?.gone();
    timeline?.wantNewest();
    await scene.clock.advance(60_000);
    expect(scene.requests.asked).toEqual([]);
  });

  test.each(["before", "after"])(
    "an own message that is acknowledged %s the room is gone does not stay on its way for ever",
    async (when) => {
      const scene = new Scene(0, 3);
      await scene.heal();
      const timeline = scene.timelines.get(ROOM_ID);
      const own = { ...scene.server.send(), clientId: "c1" };
      const waiting = { clientId: "c1", roomId: ROOM_ID, text: "", replyTo: null, createdAt: 0 };
      const pending = { ...waiting, delivery: { state: "sending", sinceMs: 0 } as const };
      // Told first, acknowledged then: nothing is left that would change the timeline.
      timeline?.receive([own]);
      if (when === "before") timeline?.accepted(pending, own);
      timeline?.gone();
      if (when === "after") timeline?.accepted(pending, own);
      expect(scene.view).toMatchObject({ state: "gone", items: [] });
    },
  );

  test("a place that somebody has left for another is not jumped back to when its pages come late", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const around = timeline?.showAround(10);
    await settled();
    const newest = timeline?.showAround(20);
    await settled();
    while (scene.requests.asked.length > 0) scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await Promise.all([around, newest]);
    expect(messagesOf(scene).map(({ seq }) => seq)).toContain(20);
    expect(messagesOf(scene).map(({ seq }) => seq)).not.toContain(10);
  });

  test("a page asked for before one was removed shows nothing to who has come back since", async () => {
    const scene = new Scene(0, 8);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const loading = timeline?.loadOlder();
    scene.handle(0);
    const late = scene.answers.splice(0);
    timeline?.gone();
    scene.server.historyFromSeq = 5;
    timeline?.returned();
    await scene.heal();
    for (const answer of late) answer();
    await loading;
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("an answer to a sync that cannot be taken does not make a room current", async () => {
    const scene = new Scene(0, 40);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    scene.requests.ready = false;
    scene.timelines.catchUp();
    // Asked from further on than what is held by now: what lies between is not in it.
    const answer = { roomId: ROOM_ID, rev: 50, changes: [], more: false, reset: false };
    timeline?.synced(45, answer, true);
    expect(scene.view.isCurrent).toBe(false);
    timeline?.synced(40, answer, true);
    expect(scene.view.isCurrent).toBe(true);
  });

  test("an edit that arrives while the page of its message is on its way is not undone", async () => {
    const scene = new Scene(0, 8);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.handle(0);
    const edited = scene.server.change(1);
    scene.deliver(edited ? [edited] : undefined);
    for (const answer of scene.answers.splice(0)) answer();
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("nor is one that a sync brings meanwhile", async () => {
    const scene = new Scene(0, 8);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.handle(0);
    const edited = scene.server.change(1);
    scene.timelines.catchUp();
    await settled();
    scene.handle(0);
    for (const answer of scene.answers.splice(0).reverse()) {
      answer();
      await settled();
    }
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("an old announcement repeated while a page is on its way undoes nothing", async () => {
    const scene = new Scene(0, 8);
    const [, old] = scene.server.messages;
    const edited = scene.server.change(1);
    await scene.heal();
    const loading = scene.timelines.get(ROOM_ID)?.loadOlder();
    scene.deliver(old ? [old] : undefined);
    scene.handle(0);
    for (const answer of scene.answers.splice(0)) answer();
    await loading;
    expect(messagesOf(scene)[1]).toEqual(edited);
  });

  test("old pages of a room that nobody looks at are dropped and can be had again", async () => {
    const scene = new Scene(0, 230);
    await scene.heal();
    await scene.loadEverything();
    expect(messagesOf(scene)).toHaveLength(230);
    scene.timelines.get(ROOM_ID)?.trim(200);
    expect(messagesOf(scene)).toHaveLength(200);
    await scene.loadEverything();
    expect(messagesOf(scene)).toEqual(scene.server.visible());
  });

  test("of a room whose end is looked at for long the beginning is dropped, and nothing at an old place", async () => {
    const scene = new Scene(0, 0, 10_000);
    await scene.heal();
    const timeline = scene.timelines.get(ROOM_ID);
    const held = () => messagesOf(scene).map(({ seq }) => seq);
    for (let seq = 1; seq <= 1_000; seq++) scene.deliver([scene.server.send()]);
    timeline?.dropOld();
    expect(held()).toHaveLength(1_000);
    scene.deliver([scene.server.send()]);
    timeline?.dropOld();
    expect([held()[0], held().length, scene.view.hasOlder]).toEqual([502, 500, true]);
    await scene.during(timeline?.loadOlder());
    expect(held()[0]).toBe(498);
    await scene.during(timeline?.showAround(10));
    const before = held();
    timeline?.dropOld();
    expect(held()).toEqual(before);
  });
});
