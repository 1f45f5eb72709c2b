import { beforeEach, expect, test } from "vitest";
import { hideTab, lookAway, lookBack, showTab } from "./support/attention.ts";
import { type Companion, companion, say } from "./support/company.ts";
import { keptForNextTime } from "./support/kept-for-next-time.ts";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** More than the client waits before it tells what was read, and time for the answer. */
const TOLD_WITHIN_MS = 1_000;

let reader: Person;
let mina: Companion;
let sora: Companion;
let roomId: string;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  reader = await stage().enter({ nickname: `reader${number}`, name: "Reader" });
  const { url } = stage().cluster;
  [mina, sora] = await Promise.all([
    companion(url, `mina${number}`, "Mina"),
    companion(url, `sora${number}`, "Sora"),
    reader.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers(reader.nickname);
  roomId = await mina.client.createGroup({ userIds: [user?.id ?? "", sora.userId] });
  await say(mina, roomId, "the beginning");
  return async () => {
    await Promise.all([mina.client.stop(), sora.client.stop()]);
  };
});

const row = (text: string) => reader.page.getByTestId("message").filter({ hasText: text });
const readUpTo = () => stage().ledger.readSeq(roomId, reader.nickname);
const lastSeq = async () => (await stage().ledger.room(roomId)).at(-1)?.seq;

/** Its newest message is `newest`. */
async function open(newest = "the beginning"): Promise<void> {
  await reader.page.goto(`/rooms/${roomId}`);
  await reader.connected();
  await row(newest).waitFor();
}

test("nothing is read in a window without the focus, nor in a hidden tab, until one looks", async () => {
  await open();
  await eventually(readUpTo, "what one looks at is read").toBe(await lastSeq());
  for (const [away, back] of [
    [lookAway, lookBack],
    [hideTab, showTab],
  ] as const) {
    const before = await lastSeq();
    await away(reader.page);
    await say(mina, roomId, `said behind the reader's back ${before}`);
    await row(`said behind the reader's back ${before}`).waitFor();
    await reader.page.waitForTimeout(TOLD_WITHIN_MS);
    expect(await readUpTo()).toBe(before);
    await back(reader.page);
    await eventually(readUpTo, "read as soon as one looks").toBe(await lastSeq());
  }
});

test("of what comes below while one reads further up, nothing is read until one gets there", async () => {
  await stage().ledger.fill(roomId, 60);
  await stage().ledger.markAllRead(roomId);
  await open("line 60");
  await reader.page.getByTestId("timeline").hover();
  await reader.page.mouse.wheel(0, -600);
  await reader.page.getByTestId("to-newest").waitFor();
  const before = await lastSeq();
  await say(mina, roomId, "far below, one", "far below, two");
  await reader.page.getByTestId("to-newest").getByText("2 new").waitFor();
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  expect(await readUpTo()).toBe(before);
  await reader.page.getByTestId("to-newest").click();
  await eventually(readUpTo, "read there").toBe(await lastSeq());
});

test("in a room too large to be told who reads, no number pretends to know", async () => {
  const unread = () => reader.page.getByTestId("not-read-by").count();
  await open();
  await reader.write("how many have read this");
  await reader.sees("how many have read this");
  await eventually(unread, "two have not, and of the beginning one").toBeGreaterThan(0);
  await stage().ledger.claimMembers(roomId, 101);
  await mina.client.rename(roomId, "A hundred and one");
  await reader.page.getByTestId("room-title").getByText("A hundred and one").waitFor();
  await eventually(unread, "no number").toBe(0);
  const delivery = row("how many have read this").getByTestId("delivery");
  expect(await delivery.getAttribute("aria-label")).toBe("Sent");
});

test("who has deleted their account is waited for no longer; the others still are", async () => {
  await open();
  await reader.write("who has read this");
  await reader.sees("who has read this");
  const unread = row("who has read this").getByTestId("not-read-by");
  await eventually(() => unread.textContent(), "two have not").toContain("2");
  await mina.client.deleteAccount(PASSWORD);
  await reader.page.reload();
  await eventually(() => unread.textContent(), "Sora has not").toContain("1");
});

/** Whether what says that something is new is on the screen. */
async function dividerIsSeen(): Promise<boolean> {
  const [divider, timeline] = await Promise.all([
    reader.page.getByTestId("unread-divider").boundingBox(),
    reader.page.getByTestId("timeline").boundingBox(),
  ]);
  if (divider === null || timeline === null) return false;
  return divider.y >= timeline.y && divider.y < timeline.y + timeline.height;
}

test.each([
  ["more than fits", 40],
  ["more than a page of history", 300],
])(
  "with %s, a room opens where what is new begins, and nothing beyond what one sees is read",
  async (_what, lines) => {
    await open();
    await eventually(readUpTo, "the beginning is read").toBe(await lastSeq());
    await reader.page.goto("/");
    const before = (await lastSeq()) ?? 0;
    await stage().ledger.fill(roomId, lines);
    await reader.page.goto(`/rooms/${roomId}`);
    await eventually(dividerIsSeen, "what is new begins here").toBe(true);
    const first = reader.page.locator(`[data-testid=message][data-seq="${before + 1}"]`);
    await first.waitFor();
    await reader.page.waitForTimeout(TOLD_WITHIN_MS);
    // A screen holds some twenty lines.
    await eventually(readUpTo, "what one sees is read").toBeGreaterThan(before);
    expect(await readUpTo()).toBeLessThan(before + 30);
    await reader.page.getByTestId("to-newest").click();
    await eventually(readUpTo, "and the rest once one is there").toBe(await lastSeq());
  },
);

test("nothing is read behind the details of a room, which cover it on a phone", async () => {
  await open();
  await reader.page.setViewportSize({ width: 390, height: 780 });
  await eventually(readUpTo, "what one looks at is read").toBe(await lastSeq());
  await reader.button(reader.labels.details).click();
  const details = reader.page.getByRole("complementary", { name: reader.labels.details });
  await details.waitFor();
  const before = await lastSeq();
  await say(mina, roomId, "said behind the details");
  await row("said behind the details").waitFor({ state: "attached" });
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  expect(await readUpTo()).toBe(before);
  await details.getByRole("button", { name: "Close" }).click();
  await eventually(readUpTo, "read as soon as they are closed").toBe(await lastSeq());
});

test("what came while the page was away is new, though the page shows what it had kept first", async () => {
  // More than is kept: what was before is asked for at once, and says nothing of what is new.
  await stage().ledger.fill(roomId, 100);
  await stage().ledger.markAllRead(roomId);
  await open("line 100");
  const before = (await lastSeq()) ?? 0;
  await eventually(readUpTo, "all is read").toBe(before);
  const kept = (kind: "rooms" | "timeline") => () => keptForNextTime(reader.page, kind);
  await eventually(kept("timeline"), "kept for next time").toContain("line 100");
  await eventually(kept("rooms"), "also that it was read").toContain(`"readSeq":${before}`);
  await reader.page.goto("about:blank");
  await stage().ledger.fill(roomId, 40);
  await reader.page.goto(`/rooms/${roomId}`);
  await eventually(dividerIsSeen, "what is new begins here").toBe(true);
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  await eventually(readUpTo, "what one sees is read").toBeGreaterThan(before);
  expect(await readUpTo()).toBeLessThan(before + 30);
});

test("what comes to a hidden tab, and does not fit, is where one begins when one comes back", async () => {
  await open();
  await eventually(readUpTo, "the beginning is read").toBe(await lastSeq());
  await hideTab(reader.page);
  const before = (await lastSeq()) ?? 0;
  const lines = Array.from({ length: 25 }, (_, index) => `behind your back ${index + 1}`);
  await say(mina, roomId, ...lines);
  await row("behind your back 25").waitFor({ state: "attached" });
  await showTab(reader.page);
  await eventually(dividerIsSeen, "what is new begins here").toBe(true);
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  await eventually(readUpTo, "what one sees is read").toBeGreaterThan(before);
  expect(await readUpTo()).toBeLessThan((await lastSeq()) ?? 0);
  await reader.page.getByTestId("to-newest").click();
  await eventually(readUpTo, "and the rest").toBe(await lastSeq());
});

test("what was said while the connection was away begins where one is when it is back", async () => {
  await open();
  await eventually(readUpTo, "the beginning is read").toBe(await lastSeq());
  const before = (await lastSeq()) ?? 0;
  reader.cable.pull();
  const lines = Array.from({ length: 40 }, (_, index) => `in the tunnel ${index + 1}`);
  await say(mina, roomId, ...lines);
  reader.cable.plugIn();
  await eventually(dividerIsSeen, "what is new begins here").toBe(true);
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  await eventually(readUpTo, "what one sees is read").toBeGreaterThan(before);
  expect(await readUpTo()).toBeLessThan(before + 30);
  await reader.page.getByTestId("to-newest").click();
  await eventually(readUpTo, "and the rest").toBe(await lastSeq());
});

test("a room that opens in a window without the focus begins where one left it", async () => {
  await stage().ledger.markAllRead(roomId);
  await reader.page.goto("/");
  await reader.connected();
  await lookAway(reader.page);
  await reader.openRoom(roomId);
  await row("the beginning").waitFor();
  const before = (await lastSeq()) ?? 0;
  const lines = Array.from({ length: 25 }, (_, index) => `behind another window ${index + 1}`);
  await say(mina, roomId, ...lines);
  await row("behind another window 25").waitFor({ state: "attached" });
  await lookBack(reader.page);
  await eventually(dividerIsSeen, "what is new begins here").toBe(true);
  await reader.page.waitForTimeout(TOLD_WITHIN_MS);
  await eventually(readUpTo, "what one sees is read").toBeGreaterThan(before);
  expect(await readUpTo()).toBeLessThan((await lastSeq()) ?? 0);
});
