import { expect, it } from "vitest";
import { discrepancyOf } from "../bench/discrepancy.ts";
import type { Account } from "../bench/generator/tasks.ts";

/** Two processes of the generator, each with senders to one room; two sockets, one in each. */
const account = (...delivered: Account["delivered"]): Account => ({
  answered: [
    ["room", { count: 2, sum: 30 }],
    ["room", { count: 1, sum: 2_147_483_647 }],
  ],
  delivered,
});
const SUM_OF_ALL = (30 + 2_147_483_647) | 0;

it("the account is right when each socket got each message of its room once, and of a silent room none", () => {
  const whole = { count: 3, sum: SUM_OF_ALL };
  const silent: Account["delivered"][number] = ["silent", { count: 0, sum: 0 }];
  expect(discrepancyOf(account(["room", whole], ["room", whole], silent))).toBeUndefined();
});

it("a loss at one socket is found, though another got a message too many", () => {
  const less: Account["delivered"][number] = ["room", { count: 2, sum: SUM_OF_ALL - 10 }];
  const more: Account["delivered"][number] = ["room", { count: 4, sum: SUM_OF_ALL + 10 }];
  expect(discrepancyOf(account(less, more))).toContain("2 of its room's 3 messages");
  expect(discrepancyOf(account(more, less))).toContain("4 of its room's 3 messages");
});

it("a message that came twice in place of one that did not come is found", () => {
  const other: Account["delivered"][number] = ["room", { count: 3, sum: SUM_OF_ALL + 1 }];
  expect(discrepancyOf(account(other))).toContain("not the same");
});

it("a message of a room in which nothing was sent is found", () => {
  expect(discrepancyOf(account(["silent", { count: 1, sum: 5 }]))).toContain(
    "1 of its room's 0 messages",
  );
});
