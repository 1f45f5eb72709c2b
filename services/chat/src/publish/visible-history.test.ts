import { beforeEach, expect, it } from "vitest";
import { changes, OTHER_ROOM_ID, ROOM_ID } from "../testing/changes.ts";
import { VisibleHistory } from "./visible-history.ts";

let history: VisibleHistory;
beforeEach(() => {
  history = new VisibleHistory();
});

it("what was said before a socket's history begins is hidden from it alone, whenever it changes", () => {
  history.begins(ROOM_ID, "founder", 1);
  history.begins(ROOM_ID, "late", 5);
  history.begins(ROOM_ID, "later", 9);
  expect(history.hiddenFrom(ROOM_ID, changes(4))).toEqual(["late", "later"]);
  expect(history.hiddenFrom(ROOM_ID, changes(5))).toEqual(["later"]);
  expect(history.hiddenFrom(ROOM_ID, changes(8))).toEqual(["later"]);
  expect(history.hiddenFrom(ROOM_ID, changes(9))).toEqual([]);
  expect(history.hiddenFrom(OTHER_ROOM_ID, changes(1))).toEqual([]);
});

it("of changes that go together, the oldest decides, wherever it stands", () => {
  history.begins(ROOM_ID, "late", 5);
  expect(history.hiddenFrom(ROOM_ID, changes(6, 4))).toEqual(["late"]);
  expect(history.hiddenFrom(ROOM_ID, changes(5, 6))).toEqual([]);
});

it("a join that is told late does not take a later one back", () => {
  history.begins(ROOM_ID, "returned", 9);
  history.begins(ROOM_ID, "returned", 5);
  history.begins(ROOM_ID, "returned", 1);
  expect(history.hiddenFrom(ROOM_ID, changes(8))).toEqual(["returned"]);
});

it("whoever leaves is forgotten, and nobody else", () => {
  history.begins(ROOM_ID, "late", 5);
  history.begins(ROOM_ID, "later", 9);
  history.left(ROOM_ID, "later");
  history.left(ROOM_ID, "never there");
  history.left(OTHER_ROOM_ID, "late");
  expect(history.hiddenFrom(ROOM_ID, changes(4))).toEqual(["late"]);
  history.left(ROOM_ID, "late");
  expect(history.hiddenFrom(ROOM_ID, changes(4))).toEqual([]);
});
