import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { Drafts } from "./drafts.ts";

it("a draft is there again after a reload, per room", () => {
  const storage = new ForgetfulStorage();
  new Drafts(storage, "me").set("room", "  half a thought\n");
  const afterReload = new Drafts(storage, "me");
  expect(afterReload.get("room")).toBe("  half a thought\n");
  expect(afterReload.get("other room")).toBe("");
});

it("nobody sees another person's drafts, and clearing takes only one's own", () => {
  const storage = new ForgetfulStorage();
  const mine = new Drafts(storage, "me");
  const theirs = new Drafts(storage, "them");
  mine.set("room", "mine");
  theirs.set("room", "theirs");
  mine.clear();
  expect(mine.get("room")).toBe("");
  expect(theirs.get("room")).toBe("theirs");
});

it("a full storage loses nothing while the page lives", () => {
  class FullStorage extends ForgetfulStorage {
    override setItem(): void {
      throw new DOMException("full", "QuotaExceededError");
    }
  }
  const drafts = new Drafts(new FullStorage(), "me");
  drafts.set("room", "kept");
  expect(drafts.get("room")).toBe("kept");
  drafts.set("room", "");
  expect(drafts.get("room")).toBe("");
});

it("what another tab writes or sends is followed, and only in one's own drafts", () => {
  const drafts = new Drafts(new ForgetfulStorage(), "me");
  drafts.set("room", "begun here");
  drafts.hear({ key: "moim.draft.them.room", newValue: "theirs" });
  expect(drafts.get("room")).toBe("begun here");
  drafts.hear({ key: "moim.draft.me.room", newValue: "finished there" });
  expect(drafts.get("room")).toBe("finished there");
  drafts.hear({ key: "moim.draft.me.room", newValue: null });
  expect(drafts.get("room")).toBe("");
});
