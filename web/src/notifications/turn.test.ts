import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { take } from "./turn.ts";

it("a message is told of once, whichever tab asks first, and a later one again", () => {
  const storage = new ForgetfulStorage();
  expect(take(storage, "a", 5)).toBe(true);
  expect(take(storage, "a", 5)).toBe(false);
  expect(take(storage, "a", 4)).toBe(false);
  expect(take(storage, "a", 6)).toBe(true);
  expect(take(storage, "b", 5)).toBe(true);
});

it("what is remembered is bounded, and nonsense in its place forgotten", () => {
  const storage = new ForgetfulStorage();
  storage.setItem("moim.told", "{broken");
  for (let room = 0; room < 500; room += 1) expect(take(storage, `room ${room}`, 1)).toBe(true);
  expect(JSON.parse(storage.getItem("moim.told") ?? "")).toHaveLength(100);
  expect(take(storage, "room 499", 1)).toBe(false);
});
