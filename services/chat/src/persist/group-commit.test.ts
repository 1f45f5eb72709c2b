import { Failure } from "@moim/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { settled } from "../testing/manual-clock.ts";
import { GroupCommit } from "./group-commit.ts";

type Flush = { items: readonly string[]; succeed(): void; fail(error: unknown): void };

/** Every commit that was begun; the test decides how each ends. */
let flushes: Flush[];
let underWay: number;
let mostUnderWay: number;
/** For each commit that was announced, how many had been begun by then. */
let announced: number[];
let commits: GroupCommit<string, string[], string>;
beforeEach(() => {
  flushes = [];
  underWay = 0;
  mostUnderWay = 0;
  announced = [];
  commits = createCommits();
});

function createCommits(bounds: { itemsMax?: number; queueMax?: number } = {}) {
  return new GroupCommit<string, string[], string>({
    itemsMax: 500,
    queueMax: 10_000,
    ...bounds,
    committed: (outcomes) => {
      announced.push(flushes.length);
      return outcomes;
    },
    commit(items) {
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      return new Promise<string[]>((resolve, reject) => {
        flushes.push({
          items,
          succeed: () => resolve(items.map((item) => `${item} stored`)),
          fail: reject,
        });
      }).finally(() => underWay--);
    },
  });
}

function flush(index: number): Flush {
  const found = flushes[index];
  if (!found) throw new Error(`no commit ${index}`);
  return found;
}

/** Adds items; what became of each, as far as it is known. */
function add(...items: string[]): string[] {
  const fates = items.map(() => "waiting");
  items.forEach((item, index) => {
    commits.add(item).then(
      (outcome) => {
        fates[index] = outcome;
      },
      (error: unknown) => {
        fates[index] = error instanceof Failure ? error.code : `broken: ${String(error)}`;
      },
    );
  });
  return fates;
}

describe("an idle node", () => {
  it("commits at once: no timer, no added delay", async () => {
    const fates = add("a");
    await settled();
    expect(flush(0).items).toEqual(["a"]);
    expect(fates).toEqual(["waiting"]);
    flush(0).succeed();
    await settled();
    expect(fates).toEqual(["a stored"]);
    expect(flushes).toHaveLength(1);
  });

  it("commits together what one tick brings", async () => {
    add("a", "b");
    add("c");
    await settled();
    expect(flushes.map(({ items }) => items)).toEqual([["a", "b", "c"]]);
  });
});

describe("while a commit is under way", () => {
  it("items gather, and go together in the next, in the order in which they came", async () => {
    add("a");
    await settled();
    add("b");
    await settled();
    const fates = add("c", "d");
    await settled();
    expect(flushes).toHaveLength(1);
    expect(commits.queueLength).toBe(3);
    flush(0).succeed();
    await settled();
    expect(flush(1).items).toEqual(["b", "c", "d"]);
    flush(1).succeed();
    await settled();
    expect(fates).toEqual(["c stored", "d stored"]);
    expect(mostUnderWay).toBe(1);
  });

  it("the next is on its way before what was committed is announced: the database need not wait", async () => {
    add("a");
    await settled();
    const fates = add("b");
    flush(0).succeed();
    await settled();
    expect(announced).toEqual([2]);
    flush(1).succeed();
    await settled();
    expect(announced).toEqual([2, 2]);
    expect(fates).toEqual(["b stored"]);
  });

  it("no more go together than allowed; the others follow, still in order", async () => {
    commits = createCommits({ itemsMax: 2 });
    const fates = add("a", "b", "c", "d", "e");
    for (let index = 0; index < 3; index++) {
      await settled();
      flush(index).succeed();
    }
    await settled();
    expect(flushes.map(({ items }) => items)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(fates).toEqual(["a", "b", "c", "d", "e"].map((item) => `${item} stored`));
    expect(mostUnderWay).toBe(1);
  });

  it("no more wait than allowed: over it the answer comes at once, and room is made again", async () => {
    commits = createCommits({ queueMax: 2 });
    add("a");
    await settled();
    const fates = add("b", "c", "d");
    await settled();
    expect(fates).toEqual(["waiting", "waiting", "unavailable"]);
    flush(0).succeed();
    await settled();
    const later = add("e");
    flush(1).succeed();
    await settled();
    flush(2).succeed();
    await settled();
    expect([...fates, ...later]).toEqual(["b stored", "c stored", "unavailable", "e stored"]);
  });
});

describe("a database that does not answer", () => {
  const unavailable = new Failure("unavailable", "no answer");

  it("fails the commit and all who wait behind it: they have waited as long", async () => {
    const first = add("a", "b");
    await settled();
    const behind = add("c", "d");
    flush(0).fail(unavailable);
    await settled();
    expect([...first, ...behind]).toEqual(Array(4).fill("unavailable"));
    expect(flushes).toHaveLength(1);
  });

  it("is tried again by whoever comes later", async () => {
    add("a");
    await settled();
    flush(0).fail(unavailable);
    await settled();
    const fates = add("b");
    await settled();
    flush(1).succeed();
    await settled();
    expect(fates).toEqual(["b stored"]);
  });

  it("while items are tried alone fails the others too: together they would outlast 5 s", async () => {
    const fates = add("bad", "b", "c", "d");
    await settled();
    flush(0).fail(new Error("invalid byte sequence"));
    await settled();
    flush(1).fail(new Error("invalid byte sequence"));
    await settled();
    expect(flush(2).items).toEqual(["b"]);
    const behind = add("e");
    flush(2).fail(unavailable);
    await settled();
    expect(fates).toEqual([
      "broken: Error: invalid byte sequence",
      "unavailable",
      "unavailable",
      "unavailable",
    ]);
    expect(behind).toEqual(["unavailable"]);
    expect(flushes).toHaveLength(3);
  });
});

describe("one item that breaks a commit", () => {
  it("does not fail the others, which keep their order before whatever came later", async () => {
    const fates = add("a", "bad", "c");
    await settled();
    const later = add("d");
    flush(0).fail(new Error("invalid byte sequence"));
    for (const [index, item] of ["a", "bad", "c"].entries()) {
      await settled();
      expect(flush(index + 1).items).toEqual([item]);
      if (item === "bad") flush(index + 1).fail(new Error("invalid byte sequence"));
      else flush(index + 1).succeed();
    }
    await settled();
    expect(fates).toEqual(["a stored", "broken: Error: invalid byte sequence", "c stored"]);
    expect(flush(4).items).toEqual(["d"]);
    flush(4).succeed();
    await settled();
    expect(later).toEqual(["d stored"]);
    expect(mostUnderWay).toBe(1);
  });

  it("alone is not tried twice", async () => {
    const fates = add("bad");
    await settled();
    flush(0).fail(new Error("invalid byte sequence"));
    await settled();
    expect(fates).toEqual(["broken: Error: invalid byte sequence"]);
    expect(flushes).toHaveLength(1);
  });
});

it("a commit that forgets an outcome is a bug, and nobody waits for ever", async () => {
  const broken = new GroupCommit<string, string[], string>({
    itemsMax: 10,
    queueMax: 10,
    commit: async () => ["only one"],
    committed: (outcomes) => outcomes,
  });
  const fates = await Promise.allSettled([broken.add("a"), broken.add("b")]);
  expect(fates.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

it("idle resolves when nothing waits and nothing is under way", async () => {
  await commits.idle();
  let isIdle = false;
  add("a");
  await settled();
  add("b");
  void commits.idle().then(() => {
    isIdle = true;
  });
  flush(0).succeed();
  await settled();
  expect(isIdle).toBe(false);
  flush(1).succeed();
  await settled();
  expect(isIdle).toBe(true);
});
