import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { Drafts } from "./drafts.ts";

const KEY = "moim.draft.me.room";

class FullStorage extends ForgetfulStorage {
  override setItem(): void {
    throw new DOMException("full", "QuotaExceededError");
  }
}

/** Two tabs of one browser: what one stores the other hears of. */
function twoTabs(): [Drafts, Drafts] {
  const tabs: Drafts[] = [];
  class SharedStorage extends ForgetfulStorage {
    writer = 0;
    override setItem(key: string, newValue: string): void {
      super.setItem(key, newValue);
      tabs[1 - this.writer]?.hear({ key, newValue });
    }
    override removeItem(key: string): void {
      super.removeItem(key);
      tabs[1 - this.writer]?.hear({ key, newValue: null });
    }
  }
  const shared = new SharedStorage();
  class Tab extends Drafts {
    readonly #index: number;
    constructor(index: number) {
      super(shared, new ForgetfulStorage(), "me");
      this.#index = index;
    }
    override set(roomId: string, text: string): void {
      shared.writer = this.#index;
      super.set(roomId, text);
    }
  }
  tabs.push(new Tab(0), new Tab(1));
  return tabs as [Drafts, Drafts];
}

it("a draft is there again after a reload, per room", () => {
  const [shared, own] = [new ForgetfulStorage(), new ForgetfulStorage()];
  new Drafts(shared, own, "me").set("room", "  half a thought\n");
  const afterReload = new Drafts(shared, own, "me");
  expect(afterReload.get("room")).toBe("  half a thought\n");
  expect(afterReload.get("other room")).toBe("");
  expect(new Drafts(shared, new ForgetfulStorage(), "me").get("room"), "in another tab, too").toBe(
    "  half a thought\n",
  );
});

it("nobody sees another person's drafts, and clearing takes only one's own, for good", () => {
  const [shared, own] = [new ForgetfulStorage(), new ForgetfulStorage()];
  const mine = new Drafts(shared, own, "me");
  const theirs = new Drafts(shared, own, "them");
  mine.set("room", "mine");
  theirs.set("room", "theirs");
  mine.clear();
  mine.set("room", "too late");
  expect(mine.get("room")).toBe("");
  expect([shared.getItem(KEY), own.getItem(KEY)]).toEqual([null, null]);
  expect(theirs.get("room")).toBe("theirs");
});

it("a full storage loses nothing while the page lives", () => {
  const drafts = new Drafts(new FullStorage(), new FullStorage(), "me");
  drafts.set("room", "kept");
  expect(drafts.get("room")).toBe("kept");
  drafts.set("room", "");
  expect(drafts.get("room")).toBe("");
});

it("what is left in one tab is found, continued and sent in another", () => {
  const [one, other] = twoTabs();
  const leave = one.hold("room");
  one.set("room", "begun here");
  leave();
  expect(other.get("room")).toBe("begun here");
  other.set("room", "begun here, finished there");
  expect(one.get("room")).toBe("begun here, finished there");
  other.set("room", "");
  expect(one.get("room")).toBe("");
});

it("two texts for one room in two tabs: each keeps its own, whatever the other one does", () => {
  const [one, other] = twoTabs();
  one.hold("room");
  other.hold("room");
  one.set("room", "half a");
  other.set("room", "a whole one");
  expect([one.get("room"), other.get("room")]).toEqual(["half a", "a whole one"]);
  other.set("room", "");
  expect([one.get("room"), other.get("room")]).toEqual(["half a", ""]);
  one.set("room", "half a thought");
  other.set("room", "another");
  one.set("room", "");
  expect([one.get("room"), other.get("room")]).toEqual(["another", "another"]);
});

it("another person's drafts are none of one's business", () => {
  const drafts = new Drafts(new ForgetfulStorage(), new ForgetfulStorage(), "me");
  drafts.set("room", "begun here");
  drafts.hear({ key: "moim.draft.them.room", newValue: "theirs" });
  expect(drafts.get("room")).toBe("begun here");
});
