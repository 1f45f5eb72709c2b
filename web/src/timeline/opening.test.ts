import type { TimelineView } from "@moim/client";
import type { RoomSummary } from "@moim/protocol";
import { expect, test } from "vitest";
import { Opening, type OpeningParts } from "./opening.svelte.ts";

const ROOM: RoomSummary = {
  id: "room",
  kind: "group",
  title: null,
  members: [],
  memberCount: 2,
  lastSeq: 100,
  rev: 100,
  createdAt: 0,
  readSeq: 100,
  unread: 0,
  lastMessage: null,
  muted: false,
};
const VIEW: TimelineView = {
  state: "ready",
  items: [],
  hasOlder: true,
  loadingOlder: false,
  hasNewer: false,
  loadingNewer: false,
  isCurrent: true,
  room: ROOM,
};

/** A room on the screen; what is asked of it is written down. */
function scene(given: Partial<TimelineView> = {}) {
  const done: string[] = [];
  const state = {
    view: { ...VIEW, ...given },
    isAtEnd: true,
    /** What `meetNew` will say. */
    newAfter: null as number | null,
    firstHeld: 51,
  };
  const session: OpeningParts["session"] = {
    roomId: "room",
    get view() {
      return state.view;
    },
    rows: [],
    hasDivider: true,
    placeDivider: ({ readSeq }) => void done.push(`divider after ${readSeq}`),
    holdsAfter: (seq) => state.firstHeld <= seq + 1,
    seekAfter: async (seq) => {
      done.push(`seek after ${seq}`);
      return true;
    },
    expectNew: (hasSeenAll) => void done.push(hasSeenAll ? "seen so far" : "nothing seen"),
    meetNew: () => state.newAfter,
  };
  const scroll = {
    get isAtEnd() {
      return state.isAtEnd;
    },
    toEnd: () => void done.push("to the end"),
    show: (key: string) => void done.push(`show ${key}`),
    raise: (key: string) => void done.push(`raise ${key}`),
    settle: () => {},
  };
  const told: (() => void)[] = [];
  const onOpened = () => {
    done.push("opened");
    for (const tell of told.splice(0)) tell();
  };
  const opening = new Opening({ session, scroll, onOpened });
  /** Resolves when it opens the next time. */
  const opens = () => new Promise<void>((resolve) => told.push(resolve));
  return { opening, state, done, opens, taken: () => done.splice(0) };
}

const refused = () => Promise.reject(new Error("no answer"));
const arrived = async () => true;

/** A jump that ends when the test says so. */
function slowJump(opening: Opening) {
  let end: (isThere: boolean) => void = () => {};
  const answer = new Promise<boolean>((resolve, reject) => {
    end = (isThere) => (isThere ? resolve(true) : reject(new Error("no answer")));
  });
  const ended = opening.jump(() => answer).catch(() => {});
  const endWith = (isThere: boolean) => () => {
    end(isThere);
    return ended;
  };
  return { arrive: endWith(true), fail: endWith(false) };
}

test("after two jumps that overlap and fail, what is in view is read as before", async () => {
  const { opening } = scene();
  await opening.place();
  const [first, second] = [slowJump(opening), slowJump(opening)];
  expect(opening.isOpened).toBe(false);
  await first.fail();
  expect(opening.isOpened).toBe(false);
  await second.fail();
  expect(opening.isOpened).toBe(true);
});

test("the same where the first arrives and the second fails, in whichever order", async () => {
  for (const order of [0, 1]) {
    const { opening } = scene();
    const jumps = [slowJump(opening), slowJump(opening)];
    await (order === 0 ? jumps[0]?.arrive() : jumps[1]?.fail());
    expect(opening.isOpened).toBe(false);
    await (order === 0 ? jumps[1]?.fail() : jumps[0]?.arrive());
    expect(opening.isOpened).toBe(true);
  }
});

test("a room whose only jump led nowhere opens as it would have", async () => {
  const { opening, opens, taken } = scene({ room: { ...ROOM, readSeq: 60, unread: 40 } });
  const opened = opens();
  await opening.jump(async () => false);
  await opened;
  expect(opening.isOpened).toBe(true);
  expect(taken()).toEqual(["divider after 60", "to the end", "raise unread", "opened"]);
  await expect(opening.jump(refused)).rejects.toThrow("no answer");
  expect(opening.isOpened).toBe(true);
});

test("a jump into what is left of last time decides no divider; what is known later does", async () => {
  const { opening, state, taken } = scene({ isCurrent: false });
  opening.lookAway();
  await opening.jump(arrived);
  expect(taken().filter((what) => what.startsWith("divider"))).toEqual([]);
  state.view = { ...state.view, isCurrent: true, room: { ...ROOM, readSeq: 70, unread: 30 } };
  opening.comeBack();
  await opening.place();
  expect(taken()).toContain("divider after 70");
});

test("one comes back to where what was said meanwhile begins, also where that is held no more", async () => {
  const { opening, opens, state, taken } = scene();
  await opening.place();
  opening.lookAway();
  expect(taken().at(-1)).toBe("seen so far");
  state.newAfter = 100;
  let opened = opens();
  opening.comeBack();
  expect(opening.isOpened).toBe(false);
  await opened;
  expect(opening.isOpened).toBe(true);
  expect(taken()).toEqual(["to the end", "raise unread", "opened"]);

  opening.lookAway();
  state.firstHeld = 951;
  opened = opens();
  opening.comeBack();
  await opened;
  expect(opening.isOpened).toBe(true);
  expect(taken()).toEqual([
    "seen so far",
    "seek after 100",
    "to the end",
    "raise unread",
    "opened",
  ]);
});

test("who has moved up meanwhile is left there", async () => {
  const { opening, state, taken } = scene();
  await opening.place();
  opening.lookAway();
  state.isAtEnd = false;
  state.newAfter = 100;
  taken();
  opening.comeBack();
  expect(taken()).toEqual(["opened"]);
});

test("a room that opens while nobody looks knows that nothing has been seen", async () => {
  const { opening, taken } = scene();
  opening.lookAway();
  await opening.place();
  expect(taken()).toContain("nothing seen");
  opening.comeBack();
  expect(taken()).toEqual(["opened"]);
});

test("nothing is expected below while one stands further up", async () => {
  const { opening, state, taken } = scene({ hasNewer: true });
  await opening.place();
  opening.lookAway();
  state.view = { ...state.view, hasNewer: false };
  state.isAtEnd = false;
  opening.comeBack();
  opening.lookAway();
  expect(taken().filter((what) => what.includes("seen"))).toEqual([]);
});

test("who writes further up is at the end once it is held, unless gone elsewhere first", async () => {
  const { opening, state, taken } = scene({ hasNewer: true });
  await opening.place();
  taken();
  opening.toEnd();
  await opening.place();
  expect(taken()).toEqual(["to the end", "divider after 100"]);
  state.view = { ...state.view, hasNewer: false };
  for (let times = 0; times < 2; times++) await opening.place();
  expect(taken()).toEqual(["divider after 100", "to the end", "divider after 100"]);

  state.view = { ...state.view, hasNewer: true };
  opening.toEnd();
  await opening.jump(arrived);
  state.view = { ...state.view, hasNewer: false };
  taken();
  await opening.place();
  expect(taken()).toEqual(["divider after 100"]);
});

test("who writes before a room has opened, or while what is new is being fetched, is at the end", async () => {
  const room = { ...ROOM, readSeq: 10, unread: 90 };
  const before = scene({ room, isCurrent: false });
  before.opening.toEnd();
  before.state.view = { ...before.state.view, isCurrent: true };
  await before.opening.place();
  expect(before.taken().filter((what) => what.startsWith("seek"))).toEqual([]);

  const meanwhile = scene({ room });
  const placed = meanwhile.opening.place();
  meanwhile.opening.toEnd();
  await placed;
  expect(meanwhile.taken()).toEqual(["divider after 10", "seek after 10", "to the end", "opened"]);
});

test("who goes to the newest message is at the end once it is held; a jump meanwhile has the last word", async () => {
  const { opening, state, taken } = scene();
  await opening.place();
  state.view = { ...VIEW, hasNewer: true };
  taken();
  let come = (_hasCome: boolean) => {};
  const going = opening.toNewest(() => new Promise((resolve) => (come = resolve)));
  // What the jump leads to is held now, and the newest message no more.
  await opening.jump(arrived);
  come(true);
  await going;
  expect(taken()).not.toContain("to the end");
  await opening.toNewest(async () => false);
  expect(taken()).toEqual([]);
  state.view = VIEW;
  await opening.toNewest(arrived);
  expect(taken()).toContain("to the end");
});
