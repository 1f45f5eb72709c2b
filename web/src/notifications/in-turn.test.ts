import { beforeEach, describe, expect, it, vi } from "vitest";
import { inTurn } from "./in-turn.ts";

type Options = { signal: AbortSignal };

beforeEach(() => {
  vi.useFakeTimers();
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const browserWith = (locks: object | undefined) => vi.stubGlobal("navigator", { locks });

/** Another tab has the turn, and never gives it back. */
const FROZEN = {
  request: (_: string, { signal }: Options) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
};

const FREE = { request: async (_: string, __: Options, work: () => Promise<unknown>) => work() };

describe("work that is done in turn", () => {
  it("is done all the same where a frozen tab never ends its turn, and not before", async () => {
    browserWith(FROZEN);
    const work = vi.fn(async () => "done");
    const doing = inTurn("turn", work);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledOnce();
    expect(await doing).toBe("done");
  });

  it("is done once also where it takes longer than one waits for a turn, and fails then", async () => {
    browserWith(FREE);
    const work = vi.fn(
      () =>
        new Promise<void>((_, reject) => {
          setTimeout(() => reject(new Error("refused")), 60_000);
        }),
    );
    const refused = expect(inTurn("turn", work)).rejects.toThrow("refused");
    await vi.advanceTimersByTimeAsync(60_000);
    await refused;
    expect(work).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is done at once in a browser without locks", async () => {
    browserWith(undefined);
    expect(await inTurn("turn", async () => "done")).toBe("done");
  });
});
