import { expect, it } from "vitest";
import { misshown, type ShownItem } from "./misshown.ts";

const message = (seq: number, clientId: string | null = `id-${seq}`): ShownItem => ({
  kind: "message",
  message: { seq, clientId },
});
const pending = (clientId: string): ShownItem => ({ kind: "pending", pending: { clientId } });

it("finds nothing where everything is shown once and in order, with holes and notices between", () => {
  const items = [message(3), message(4, null), message(5, null), message(9), pending("mine")];
  expect(misshown(items)).toEqual([]);
});

it("finds a message that is shown twice, and one beside its own pending bubble", () => {
  expect(misshown([message(1), message(2, null), message(2, null)])).toEqual([
    { violation: "doubled", what: "message 2 twice" },
  ]);
  expect(misshown([message(1), message(2, "mine"), pending("mine")])).toEqual([
    { violation: "doubled", what: "the pending mine twice" },
  ]);
  // Stored twice, under two numbers.
  expect(misshown([message(1, "mine"), message(2, "mine")])).toEqual([
    { violation: "doubled", what: "message 2 twice" },
  ]);
  expect(misshown([pending("mine"), pending("mine")])).toHaveLength(1);
});

it("finds a message that is shown below a later one", () => {
  expect(misshown([message(1), message(3), message(2), message(4)])).toEqual([
    { violation: "outOfOrder", what: "message 2 below 3" },
  ]);
});
