import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from "./announcement.ts";
import { BEAT_INTERVAL_MS } from "./bounds.ts";
import { OtherNodes } from "./other-nodes.ts";
import { OwnAnnouncements } from "./own-announcements.ts";

/** A node's side of presence, on a bus that loses what the test says. */
class Node {
  readonly key: string;
  readonly users = new Set<string>();
  readonly others: OtherNodes;
  readonly own: OwnAnnouncements;
  /** What it was told of other nodes. */
  readonly news: string[] = [];
  readonly silent: { userIds: readonly string[]; at: number }[] = [];
  /** Of each change that was reported: the user, and whether some other node has them. */
  readonly changes: string[] = [];
  isAlive = true;
  storing: Promise<void> = Promise.resolve();

  constructor(key: string) {
    this.key = key;
    this.others = new OtherNodes({
      clock,
      ask: (otherKey) => this.own.ask(otherKey),
      onChanged: (userIds) => {
        for (const userId of userIds) this.changes.push(`${userId} ${this.others.has(userId)}`);
      },
      onNode: (otherKey, what) => this.news.push(`${otherKey} ${what}`),
      onSilent: (userIds, at) => {
        this.silent.push({ userIds, at });
        return this.storing;
      },
    });
    this.own = new OwnAnnouncements({
      nodeKey: key,
      clock,
      present: () => [...this.users],
      publish: (announcement, to) => {
        if (this.isAlive) bus(announcement, to);
      },
    });
    nodes.push(this);
    this.own.hello();
  }

  receive(announcement: Announcement): void {
    if (!this.isAlive || announcement.from === this.key) return;
    if (announcement.type !== "ask") this.others.receive(announcement);
    else if (announcement.of === null || announcement.of === this.key) {
      this.own.state(announcement.from);
    }
  }

  arrive(...userIds: string[]): void {
    for (const userId of userIds) {
      this.users.add(userId);
      this.own.userChanged(userId, true);
    }
  }

  depart(userId: string): void {
    this.users.delete(userId);
    this.own.userChanged(userId, false);
  }
}

let clock: ManualClock;
let nodes: Node[];
let published: Announcement[];
/** What was for one node alone. */
let addressed: { type: string; from: string; to: string }[];
let loses: (announcement: Announcement) => boolean;
beforeEach(() => {
  clock = new ManualClock();
  nodes = [];
  published = [];
  addressed = [];
  loses = () => false;
});

function bus(announcement: Announcement, to?: string): void {
  published.push(announcement);
  if (to !== undefined) addressed.push({ type: announcement.type, from: announcement.from, to });
  if (loses(announcement)) return;
  for (const node of nodes) if (to === undefined || node.key === to) node.receive(announcement);
}

/** As each living node does it: a beat, then a look for the dead. */
async function beats(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await clock.advance(BEAT_INTERVAL_MS);
    for (const node of nodes) if (node.isAlive) node.own.beat();
    for (const node of nodes) if (node.isAlive) node.others.sweep();
  }
}

function user(index: number): string {
  return `0197a4c0-0000-7000-8000-${String(index).padStart(12, "0")}`;
}
const [U, V] = [user(1), user(2)];

describe("nodes", () => {
  it("hear of each other's users, many in one announcement", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    await clock.advance(1_000);
    a.arrive(U, V);
    await clock.advance(100);
    expect([b.others.has(U), b.others.has(V), a.others.has(U)]).toEqual([true, true, false]);
    expect(published.filter(({ type }) => type === "change")).toHaveLength(1);
    a.depart(U);
    await clock.advance(100);
    expect([b.others.has(U), b.others.has(V)]).toEqual([false, true]);
    expect(b.changes).toEqual([`${U} true`, `${V} true`, `${U} false`]);
  });

  it("that start later learn all there is, of thousands too", async () => {
    const a = new Node("a");
    const ids = Array.from({ length: 2_500 }, (_, index) => user(index));
    a.arrive(...ids);
    await clock.advance(1_000);
    const b = new Node("b");
    await clock.advance(1_000);
    expect(ids.every((userId) => b.others.has(userId))).toBe(true);
    expect([a.news, b.news]).toEqual([["b came"], ["a came"]]);
    expect(published.filter(({ type }) => type === "state").length).toBeGreaterThanOrEqual(3);
  });

  it("that start later are answered alone: the others need not hear again what they know", async () => {
    for (const key of ["a", "b"]) new Node(key).arrive(user(nodes.length));
    await clock.advance(3_000);
    published = [];
    addressed = [];
    const c = new Node("c");
    await clock.advance(3_000);
    expect([c.others.has(user(1)), c.others.has(user(2))]).toEqual([true, true]);
    expect(addressed).toEqual([
      { type: "state", from: "a", to: "c" },
      { type: "state", from: "b", to: "c" },
    ]);
    const forAll = published.filter(({ type, from }) => type === "state" && from !== "c");
    expect(forAll).toHaveLength(addressed.length);
  });

  it("that ask together are answered together", async () => {
    const a = new Node("a");
    await clock.advance(3_000);
    addressed = [];
    published = [];
    const [b, c] = [new Node("b"), new Node("c")];
    a.arrive(U);
    await clock.advance(3_000);
    expect([b.others.has(U), c.others.has(U)]).toEqual([true, true]);
    const answers = published.filter(({ type, from }) => type === "state" && from === "a");
    expect(answers.length).toBeLessThanOrEqual(3);
  });

  it("notice a lost announcement by the next one", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    await clock.advance(1_000);
    loses = () => true;
    a.arrive(U);
    await clock.advance(100);
    loses = () => false;
    a.arrive(V);
    await clock.advance(1_000);
    expect([b.others.has(U), b.others.has(V)]).toEqual([true, true]);
  });

  it("notice a lost announcement by the next beat when nothing else follows", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    a.arrive(U);
    await clock.advance(1_000);
    loses = () => true;
    a.depart(U);
    await clock.advance(1_000);
    loses = () => false;
    expect(b.others.has(U)).toBe(true);
    await beats(1);
    await clock.advance(1_000);
    expect(b.others.has(U)).toBe(false);
    expect(b.changes.at(-1)).toBe(`${U} false`);
  });

  it("take no state of which a part is missing, and ask again", async () => {
    const a = new Node("a");
    a.arrive(...Array.from({ length: 2_500 }, (_, index) => user(index)));
    await clock.advance(1_000);
    loses = (announcement) => announcement.type === "state" && announcement.part === 2;
    const b = new Node("b");
    await clock.advance(1_000);
    expect(b.others.has(user(0))).toBe(false);
    loses = () => false;
    await beats(1);
    await clock.advance(1_000);
    expect([b.others.has(user(0)), b.others.has(user(1_500))]).toEqual([true, true]);
  });

  it("answer many who ask at once with one state", async () => {
    const a = new Node("a");
    a.arrive(U);
    await clock.advance(5_000);
    published = [];
    const late = Array.from({ length: 20 }, (_, index) => new Node(`late ${index}`));
    await clock.advance(2_000);
    expect(late.every((node) => node.others.has(U))).toBe(true);
    const states = published.filter(({ type, from }) => type === "state" && from === "a");
    expect(states.length).toBeLessThanOrEqual(3);
  });
});

describe("a node that falls silent", () => {
  it("is dead within 60 s; its users were last seen at its last beat, which is stored first", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    a.arrive(U);
    await beats(2);
    const lastBeatAt = clock.now();
    let stored = () => {};
    b.storing = new Promise((resolve) => {
      stored = resolve;
    });
    await clock.advance(5_000);
    a.isAlive = false;
    await beats(3);
    expect(b.others.has(U)).toBe(true);
    await beats(2);
    expect(clock.now() - lastBeatAt).toBeLessThan(60_000);
    expect(b.silent).toEqual([{ userIds: [U], at: lastBeatAt }]);
    expect(b.others.has(U)).toBe(true);
    stored();
    await clock.advance(0);
    expect(b.others.has(U)).toBe(false);
    expect(b.changes.at(-1)).toBe(`${U} false`);
  });

  it("and speaks again is believed again", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    a.arrive(U);
    await beats(1);
    a.isAlive = false;
    await beats(5);
    expect(b.others.has(U)).toBe(false);
    a.isAlive = true;
    await beats(1);
    await clock.advance(1_000);
    expect(b.others.has(U)).toBe(true);
    expect(b.changes.slice(-2)).toEqual([`${U} false`, `${U} true`]);
    expect(b.news).toEqual(["a came", "a fell silent", "a came"]);
  });

  it("is not taken for dead by one that stood still itself", async () => {
    const [a, b] = [new Node("a"), new Node("b")];
    a.arrive(U);
    await beats(1);
    await clock.advance(120_000);
    b.others.sweep();
    await clock.advance(0);
    expect(b.others.has(U)).toBe(true);
    expect(b.silent).toEqual([]);
    expect(b.news).toEqual(["a came"]);
  });
});

describe("a node that leaves", () => {
  it("gives its users 10 s to come back elsewhere", async () => {
    const [a, b, c] = [new Node("a"), new Node("b"), new Node("c")];
    a.arrive(U, V);
    await clock.advance(1_000);
    a.own.bye();
    a.isAlive = false;
    await clock.advance(5_000);
    c.arrive(U);
    await clock.advance(4_999);
    expect([b.others.has(U), b.others.has(V)]).toEqual([true, true]);
    await clock.advance(1);
    expect([b.others.has(U), b.others.has(V)]).toEqual([true, false]);
    expect(b.silent).toEqual([]);
  });
});

describe("an announcement", () => {
  it("survives the way, and what is none is nothing", () => {
    const sent: Announcement = { type: "change", from: "a", number: 1, present: [U], absent: [] };
    expect(decodeAnnouncement(encodeAnnouncement(sent))).toEqual(sent);
    for (const text of ["", "{}", "null", '{"type":"beat","from":"a","number":-1,"at":0}']) {
      expect(decodeAnnouncement(text)).toBeUndefined();
    }
  });
});
