import { beforeEach, expect, test, vi } from "vitest";
import { Router } from "./router.svelte.ts";

/** As much of a browser's history as the page uses; going back takes effect at once, or when it catches up. */
class FakeHistory {
  readonly entries: { state: unknown; path: string }[] = [{ state: null, path: "/" }];
  index = 0;
  /** So many steps take effect at once. */
  quickSteps = Number.POSITIVE_INFINITY;
  #stepsDue = 0;
  readonly onPop = new Set<() => void>();

  get state(): unknown {
    return structuredClone(this.entries[this.index]?.state);
  }
  get path(): string {
    return this.entries[this.index]?.path ?? "";
  }
  pushState(state: unknown, _title: string, path = this.path): void {
    this.entries.splice(++this.index, Number.POSITIVE_INFINITY, { state, path });
  }
  replaceState(state: unknown, _title: string, path = this.path): void {
    this.entries[this.index] = { state, path };
  }
  back(): void {
    if (this.quickSteps-- <= 0) {
      this.#stepsDue++;
      return;
    }
    if (this.index === 0) throw new Error("left the page");
    this.index--;
    for (const tell of this.onPop) tell();
  }
  catchUp(): void {
    this.quickSteps = Number.POSITIVE_INFINITY;
    for (; this.#stepsDue > 0; this.#stepsDue--) this.back();
  }
}

let history: FakeHistory;
let router: Router;
beforeEach(() => {
  history = new FakeHistory();
  vi.stubGlobal("history", history);
  vi.stubGlobal("location", {
    get pathname() {
      return history.path;
    },
  });
  vi.stubGlobal("window", {
    addEventListener: (_name: string, tell: () => void) => history.onPop.add(tell),
  });
  router = new Router();
  router.belongTo("me");
  router.go({ name: "room", roomId: "r1", details: false });
  return () => vi.unstubAllGlobals();
});

/** A search over the room's messages. */
function openSearch() {
  const search = { isOpen: true };
  const closed = router.openLayer(() => {
    search.isOpen = false;
    closed();
  });
  return search;
}

test("back closes a dialog over a search, then the search, then leaves the room", () => {
  const search = openSearch();
  router.openOverlay({ name: "switcher" });
  history.back();
  expect([router.overlay, search.isOpen, history.path]).toEqual([null, true, "/rooms/r1"]);
  history.back();
  expect([search.isOpen, history.path]).toEqual([false, "/rooms/r1"]);
  history.back();
  expect(history.path).toBe("/");
});

test("the same with the details opened from beside the search", () => {
  const search = openSearch();
  router.go({ name: "room", roomId: "r1", details: true });
  history.back();
  expect([search.isOpen, history.path]).toEqual([true, "/rooms/r1"]);
  history.back();
  expect([search.isOpen, history.path]).toEqual([false, "/rooms/r1"]);
  history.back();
  expect(history.path).toBe("/");
});

test("a dialog that opens after what was there has closed takes over its entry", () => {
  const close = router.openLayer(() => {});
  close();
  router.openOverlay({ name: "person", userId: "someone" });
  history.back();
  expect([router.overlay, history.path]).toEqual([null, "/rooms/r1"]);
  history.back();
  expect(history.path).toBe("/");
});

test("one dialog after another, and the place that one of them leads to, are one step back", () => {
  router.openOverlay({ name: "switcher" });
  router.openOverlay({ name: "new-room" });
  router.go({ name: "room", roomId: "r2", details: false });
  history.back();
  expect([router.overlay, history.path]).toEqual([null, "/rooms/r1"]);
});

test("from a search to another room, back leads to the room and then out of it", () => {
  const close = router.openLayer(() => {});
  router.go({ name: "room", roomId: "r2", details: false });
  close();
  history.back();
  expect(history.path).toBe("/rooms/r1");
  history.back();
  expect(history.path).toBe("/");
});

test("a dialog that is closed is gone at once, however slow the history is, and stepped over afterwards", () => {
  router.openOverlay({ name: "switcher" });
  history.quickSteps = 0;
  router.closeOverlay();
  expect(router.overlay).toBeNull();
  // Whoever goes somewhere now, or opens the next one, is not led back by what was still under way.
  router.openOverlay({ name: "new-room" });
  router.closeOverlay();
  router.go({ name: "room", roomId: "r2", details: false });
  history.catchUp();
  expect(history.path).toBe("/rooms/r2");
  history.back();
  expect([router.overlay, history.path]).toEqual([null, "/rooms/r1"]);
  history.back();
  expect(history.path).toBe("/");
});

test("after a dialog that was closed, one step back leaves the room, by the button and by the gesture", () => {
  for (const stepBack of [() => history.back(), () => router.back({ name: "rooms" })]) {
    router.openOverlay({ name: "switcher" });
    router.closeOverlay();
    expect(history.path).toBe("/rooms/r1");
    stepBack();
    expect(history.path).toBe("/");
    router.go({ name: "room", roomId: "r1", details: false });
  }
});

test("a dialog that is closed over a search leaves the search, which the next step back closes", () => {
  const search = openSearch();
  router.openOverlay({ name: "switcher" });
  router.closeOverlay();
  expect([router.overlay, search.isOpen]).toEqual([null, true]);
  history.back();
  expect([search.isOpen, history.path]).toEqual([false, "/rooms/r1"]);
  history.back();
  expect(history.path).toBe("/");
});

test("two quick presses on what leads back lead one step back, also from where something has closed", () => {
  router.go({ name: "room", roomId: "r1", details: true });
  router.openOverlay({ name: "rename" });
  router.closeOverlay();
  history.quickSteps = 1;
  for (let press = 0; press < 2; press++) {
    router.back({ name: "room", roomId: "r1", details: false });
  }
  history.catchUp();
  expect(history.path).toBe("/rooms/r1");
});

/** The room list, as an installed app begins: nothing lies before it. */
function startOver(): void {
  history.back();
  expect([history.path, history.index]).toEqual(["/", 0]);
}

/** What is decided once nothing else has taken an entry over has been decided. */
const decided = () => Promise.resolve();

test("over the page's first entry nothing is left of what has closed: one step back leaves the page", async () => {
  startOver();
  router.openOverlay({ name: "new-room" });
  router.closeOverlay();
  await decided();
  expect([router.overlay, history.index]).toEqual([null, 0]);
  const close = router.openLayer(() => {});
  close();
  await decided();
  expect(history.index).toBe(0);
  expect(() => history.back()).toThrow("left the page");
});

test("what closes and opens again in the same moment, or something else instead, keeps its entry", async () => {
  startOver();
  router.openLayer(() => {})();
  const search = openSearch();
  await decided();
  expect([history.index, search.isOpen]).toEqual([1, true]);
  history.back();
  expect([history.index, search.isOpen]).toEqual([0, false]);
  router.openOverlay({ name: "new-room" });
  router.closeOverlay();
  router.go({ name: "room", roomId: "r1", details: false });
  await decided();
  expect([history.index, history.path]).toEqual([1, "/rooms/r1"]);
});

test("whoever goes on while the browser still steps out of what has closed gets there, and one step back from there", async () => {
  startOver();
  router.openOverlay({ name: "new-room" });
  history.quickSteps = 0;
  router.closeOverlay();
  await decided();
  router.go({ name: "room", roomId: "r1", details: false });
  router.openOverlay({ name: "person", userId: "someone" });
  expect([router.place.name, router.overlay?.name]).toEqual(["room", "person"]);
  history.catchUp();
  expect([history.path, history.index, router.overlay?.name]).toEqual(["/rooms/r1", 2, "person"]);
  history.back();
  expect([router.place.name, router.overlay]).toEqual(["room", null]);
  history.back();
  expect([history.path, history.index]).toEqual(["/", 0]);
});

test("there and back again, or open and closed again, while the browser still steps out: nothing is left of it", async () => {
  startOver();
  history.quickSteps = 0;
  for (let time = 0; time < 3; time++) {
    router.openOverlay({ name: "switcher" });
    router.closeOverlay();
    await decided();
  }
  history.catchUp();
  expect([history.index, history.state]).toEqual([0, { depth: 0, overlay: null, owner: "me" }]);
  history.quickSteps = 0;
  router.openOverlay({ name: "switcher" });
  router.closeOverlay();
  await decided();
  router.go({ name: "room", roomId: "r1", details: false });
  router.back({ name: "rooms" });
  history.catchUp();
  expect([history.path, history.index, router.place.name]).toEqual(["/", 0, "rooms"]);
});

test("out of a room that the page began with, left for good while something is open in it: not out of the page", async () => {
  history = new FakeHistory();
  history.pushState(null, "", "/rooms/r1");
  vi.stubGlobal("history", history);
  router = new Router();
  router.belongTo("me");
  const closed = router.openLayer(() => {});
  history.quickSteps = 0;
  router.leaveForGood("r1");
  closed();
  await decided();
  history.catchUp();
  expect([history.index, history.path, router.place.name]).toEqual([1, "/", "rooms"]);
});

test("what closes while a press on what leads back is under way leads back no further", async () => {
  startOver();
  const closed = router.openLayer(() => {});
  history.quickSteps = 0;
  router.back({ name: "rooms" });
  closed();
  await decided();
  history.catchUp();
  expect(history.index).toBe(0);
});
