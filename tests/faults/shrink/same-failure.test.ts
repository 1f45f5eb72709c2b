import { expect, test } from "vitest";
import { isSameFailure } from "./same-failure.ts";

const LATE = {
  rule: "late",
  client: "talker 1",
  what: "12 (rev 40) was heard of after 6100 ms",
} as const;

test("numbers, ids and who it befell differ from run to run", () => {
  const what = "7 (rev 8) was heard of after 9000 ms";
  expect(isSameFailure(LATE, { ...LATE, client: "talker 2", what })).toBe(true);
  const stored = (clientId: string) =>
    ({ rule: "lost", what: `${clientId} is not stored` }) as const;
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  expect(isSameFailure(stored(one), stored(other))).toBe(true);
});

test("another rule, or another thing found by the same rule, is another failure", () => {
  expect(isSameFailure(LATE, { ...LATE, rule: "gap" })).toBe(false);
  expect(isSameFailure(LATE, { ...LATE, what: "12 (rev 40) was heard of never" })).toBe(false);
});
