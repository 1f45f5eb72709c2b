import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { KeptWritings } from "./kept-writings.ts";

const EDIT = {
  intent: { kind: "edit", seq: 7, text: "as it was" },
  written: "as it wi",
  aside: [],
} as const;
const REPLY = { intent: { kind: "reply", seq: 3 }, written: "", aside: [] } as const;
const NEW = { intent: { kind: "new" }, written: "", aside: [] } as const;

it("an edit and an answer are there again after a reload, each in its room, for whoever began them", () => {
  const storage = new ForgetfulStorage();
  const kept = new KeptWritings(storage, "me");
  kept.set("room", EDIT);
  kept.set("other room", REPLY);
  const afterReload = new KeptWritings(storage, "me");
  expect(afterReload.get("room")).toEqual(EDIT);
  expect(afterReload.get("other room")).toEqual(REPLY);
  expect(new KeptWritings(storage, "them").get("room")).toBeNull();
});

it("an edit that was not taken stays, is counted, and waits for nobody else", () => {
  const storage = new ForgetfulStorage();
  const refused = { seq: 4, text: "at ten", written: "at noon" };
  const kept = new KeptWritings(storage, "me");
  kept.set("room", { ...NEW, aside: [refused] });
  kept.set("other room", { ...EDIT, aside: [refused] });
  const afterReload = new KeptWritings(storage, "me");
  expect(afterReload.get("room")?.aside).toEqual([refused]);
  expect(afterReload.editCount).toBe(3);
  expect(new KeptWritings(storage, "them").editCount).toBe(0);
});

it("nothing is kept of what is done, nor after clearing", () => {
  const storage = new ForgetfulStorage();
  const kept = new KeptWritings(storage, "me");
  kept.set("room", EDIT);
  kept.set("room", NEW);
  expect(storage.length).toBe(0);
  kept.set("room", EDIT);
  kept.clear();
  kept.set("room", EDIT);
  expect(storage.length).toBe(0);
});

it.each([
  "",
  "null",
  "{}",
  '{"intent":{"kind":"edit","seq":"7","text":""},"written":""}',
  '{"intent":{"kind":"edit","seq":7},"written":""}',
  '{"written":1}',
  '{"intent":{"kind":"new"},"written":1,"aside":[]}',
])("what cannot be read (%s) is nothing", (json) => {
  const storage = new ForgetfulStorage();
  storage.setItem("moim.writing.me.room", json);
  expect(new KeptWritings(storage, "me").get("room")).toBeNull();
});
