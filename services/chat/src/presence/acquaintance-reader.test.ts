import { beforeEach, describe, expect, it } from "vitest";
import type { Acquaintance, Pair } from "../persist/presence.ts";
import { settled } from "../testing/manual-clock.ts";
import { AcquaintanceReader } from "./acquaintance-reader.ts";
import { PAIRS_PER_STATEMENT, PAIRS_WAITING_MAX } from "./bounds.ts";

let reader: AcquaintanceReader;
let statements: { pairs: readonly Pair[]; answer(): void; fail(): void }[];
beforeEach(() => {
  statements = [];
  reader = new AcquaintanceReader(
    (pairs) =>
      new Promise<Acquaintance[]>((resolve, reject) => {
        const known = pairs.filter(({ userId }) => userId !== "stranger");
        statements.push({
          pairs,
          answer: () => resolve(known.map((pair) => ({ ...pair, lastSeenAt: 1 })).reverse()),
          fail: () => reject(new Error("no database")),
        });
      }),
  );
});

function pairs(watcherId: string, ...userIds: string[]): Pair[] {
  return userIds.map((userId) => ({ watcherId, userId }));
}

describe("questions", () => {
  it("that come while one is under way share the next statement, and get their own answers", async () => {
    const first = reader.of(pairs("a", "u"));
    const second = reader.of(pairs("b", "v", "stranger", "u"));
    const third = reader.of(pairs("c", "u"));
    expect(statements.map((statement) => statement.pairs.length)).toEqual([1]);
    statements[0]?.answer();
    expect(await first).toEqual([{ watcherId: "a", userId: "u", lastSeenAt: 1 }]);
    await settled();
    expect(statements.map((statement) => statement.pairs.length)).toEqual([1, 4]);
    statements[1]?.answer();
    expect((await second).map(({ userId }) => userId)).toEqual(["v", "u"]);
    expect((await third).map(({ watcherId }) => watcherId)).toEqual(["c"]);
  });

  it("fail together, and the next go on", async () => {
    const failed = expect(reader.of(pairs("a", "u"))).rejects.toThrow("no database");
    const next = reader.of(pairs("b", "u"));
    statements[0]?.fail();
    await failed;
    await settled();
    statements[1]?.answer();
    expect(await next).toHaveLength(1);
  });

  it("are cut into statements of a bounded size, and refused when too many wait", async () => {
    const large = () =>
      reader.of(pairs("a", ...Array.from({ length: PAIRS_PER_STATEMENT }, (_, i) => `u${i}`)));
    const under = large();
    const waiting = Array.from({ length: PAIRS_WAITING_MAX / PAIRS_PER_STATEMENT }, large);
    await expect(reader.of(pairs("b", "u"))).rejects.toMatchObject({ code: "unavailable" });
    for (let index = 0; index <= waiting.length; index++) {
      expect(statements[index]?.pairs.length).toBe(PAIRS_PER_STATEMENT);
      statements[index]?.answer();
      await settled();
    }
    await Promise.all([under, ...waiting]);
    const last = reader.of(pairs("b", "u"));
    statements.at(-1)?.answer();
    expect(await last).toHaveLength(1);
  });

  it("about nobody ask nothing", async () => {
    expect(await reader.of([])).toEqual([]);
    expect(statements).toEqual([]);
  });
});
