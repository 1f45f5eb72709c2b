import { Failure } from "@moim/protocol";
import { expect, it } from "vitest";
import { Turnstile } from "./turnstile.ts";

let now = 1_800_000_000_000;

/** Work that ends when it is told to, and a record of what has begun. */
function workshop() {
  const begun: string[] = [];
  const endings = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name);
      endings.set(name, () => resolve(name));
    });
  return { begun, work, end: (name: string) => endings.get(name)?.() };
}

it("lets so many through at once, and the next in the order of coming", async () => {
  const turnstile = new Turnstile(
    { atOnce: 2, perUser: 10, total: 10, waitMsMax: 1_000 },
    () => now,
  );
  const { begun, work, end } = workshop();
  const passed = ["a", "b", "c", "d"].map((name) => turnstile.pass(name, work(name)));
  expect(begun).toEqual(["a", "b"]);
  end("b");
  expect(await passed[1]).toBe("b");
  await Promise.resolve();
  expect(begun).toEqual(["a", "b", "c"]);
  end("a");
  end("c");
  await Promise.all([passed[0], passed[2]]);
  end("d");
  expect(await passed[3]).toBe("d");
});

it("refuses one user's crowd, and lets others through", async () => {
  const turnstile = new Turnstile(
    { atOnce: 1, perUser: 2, total: 10, waitMsMax: 1_000 },
    () => now,
  );
  const { begun, work } = workshop();
  for (const name of ["a1", "a2"]) void turnstile.pass("a", work(name));
  await expect(turnstile.pass("a", work("a3"))).rejects.toMatchObject({ code: "rate_limited" });
  void turnstile.pass("b", work("b1"));
  expect(begun).toEqual(["a1"]);
});

it("refuses over the total", async () => {
  const turnstile = new Turnstile({ atOnce: 1, perUser: 2, total: 2, waitMsMax: 1_000 }, () => now);
  const { work } = workshop();
  for (const name of ["a", "b"]) void turnstile.pass(name, work(name));
  await expect(turnstile.pass("c", work("c"))).rejects.toBeInstanceOf(Failure);
});

it("passes the place on when work fails", async () => {
  const turnstile = new Turnstile({ atOnce: 1, perUser: 1, total: 1, waitMsMax: 1_000 }, () => now);
  const failing = turnstile.pass("a", () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(await turnstile.pass("a", async () => "through")).toBe("through");
});

it("does not begin what has waited so long that its caller has gone", async () => {
  const turnstile = new Turnstile({ atOnce: 1, perUser: 5, total: 5, waitMsMax: 1_000 }, () => now);
  const { begun, work, end } = workshop();
  const [first, late, last] = ["a", "b", "c"].map((name) => turnstile.pass("u", work(name)));
  now += 1_001;
  const inTime = turnstile.pass("u", work("d"));
  end("a");
  await first;
  await expect(late).rejects.toMatchObject({ code: "unavailable" });
  await expect(last).rejects.toMatchObject({ code: "unavailable" });
  expect(begun).toEqual(["a", "d"]);
  end("d");
  expect(await inTime).toBe("d");
});
