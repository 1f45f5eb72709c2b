import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { take } from "./turn.ts";

/** A message that was said at that time of the server's clock, as long as places follow it. */
const at = (seq: number, createdAt = 1_000 * seq) => ({ seq, createdAt });

it("a message is told of once, whichever tab asks first, and a later one again", () => {
  const storage = new ForgetfulStorage();
  expect(take(storage, "a", at(5))).toBe(true);
  expect(take(storage, "a", at(5))).toBe(false);
  expect(take(storage, "a", at(4))).toBe(false);
  expect(take(storage, "a", at(6))).toBe(true);
  expect(take(storage, "b", at(5))).toBe(true);
});

it("a message of a restored database is told of, though its place was told of before", () => {
  const storage = new ForgetfulStorage();
  expect(take(storage, "a", at(50))).toBe(true);
  expect(take(storage, "a", at(31, 90_000))).toBe(true);
  expect(take(storage, "a", at(31, 90_000))).toBe(false);
  expect(take(storage, "a", at(30))).toBe(false);
});

it("what an older version of the page remembers still counts", () => {
  const storage = new ForgetfulStorage();
  storage.setItem("moim.told", JSON.stringify([["a", 5]]));
  expect(take(storage, "a", at(5))).toBe(false);
  expect(take(storage, "a", at(6))).toBe(true);
  expect(take(storage, "a", at(6))).toBe(false);
});

it("what is remembered is bounded, and nonsense in its place forgotten", () => {
  const storage = new ForgetfulStorage();
  storage.setItem("moim.told", "{broken");
  for (let room = 0; room < 500; room += 1) expect(take(storage, `room ${room}`, at(1))).toBe(true);
  expect(JSON.parse(storage.getItem("moim.told") ?? "")).toHaveLength(100);
  expect(take(storage, "room 499", at(1))).toBe(false);
});
