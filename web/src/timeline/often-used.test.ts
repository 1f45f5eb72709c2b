import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { OftenUsed } from "./often-used.ts";

it("the most used come first, also after a reload", () => {
  const storage = new ForgetfulStorage();
  const often = new OftenUsed(storage, "me");
  for (const emoji of ["🙂", "🎉", "🎉", "🐈", "🎉", "🐈"]) often.chosen(emoji);
  expect(new OftenUsed(storage, "me").top(2)).toEqual(["🎉", "🐈"]);
});

it("they are nobody else's, and nothing is left of them after a sign-out", () => {
  const storage = new ForgetfulStorage();
  const [mine, theirs] = [new OftenUsed(storage, "me"), new OftenUsed(storage, "them")];
  mine.chosen("🙂");
  theirs.chosen("🐈");
  expect([mine.top(9), theirs.top(9)]).toEqual([["🙂"], ["🐈"]]);
  mine.clear();
  mine.chosen("🎉");
  expect([mine.top(9), storage.length]).toEqual([[], 1]);
});

it("a new one gets in though a hundred others were used more often", () => {
  const often = new OftenUsed(new ForgetfulStorage(), "me");
  for (let count = 0; count < 300; count++) often.chosen(`${count % 100}`);
  for (let count = 0; count < 9; count++) often.chosen("new");
  expect(often.top(1)).toEqual(["new"]);
  expect(often.top(1_000)).toHaveLength(100);
});

it("what it cannot read is as nothing", () => {
  const storage = new ForgetfulStorage();
  for (const left of ["{", "{}", '[1,["a"],["b",2]]']) {
    storage.setItem("moim.emoji.me", left);
    expect(new OftenUsed(storage, "me").top(9).join()).toBe(left.includes("b") ? "b" : "");
  }
});
