import { beforeEach, expect, test } from "vitest";
import { Eye, FRAMES_AFTER, type Sighting } from "./support/eye.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** What no eye sees: rounding to whole device pixels. */
const TOLERANCE_PX = 1;
/** Rows on the page, however many are held: a few screens of them. */
const ROWS_MAX = 150;
/** A quarter of a second, and more where a busy machine draws less often. */
const STILL_FRAMES = 15;
/** Nearer to the end than this the reader is at it. */
const AT_END_PX = 48;

let reader: Person;
let writer: Person;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  [reader, writer] = await Promise.all([
    stage().enter({ nickname: `reader${number}`, name: "Reader" }),
    stage().enter({ nickname: `writer${number}`, name: "지우", language: "ko" }),
  ]);
  await Promise.all([reader.join(), writer.join()]);
  await writer.startRoom(reader);
  await writer.write("the beginning");
  await writer.sees("the beginning");
});

/** Both have the room open, at the end of so many messages more. */
async function openWithHistory(messages: number): Promise<void> {
  const { roomId } = writer;
  await Promise.all([reader.page.goto("about:blank"), writer.page.goto("about:blank")]);
  await stage().ledger.fill(roomId, messages);
  await stage().ledger.markAllRead(roomId);
  await Promise.all([reader.page.goto(`/rooms/${roomId}`), writer.page.goto(`/rooms/${roomId}`)]);
  await row(reader, messages + 1).waitFor();
}

const row = (person: Person, seq: number) =>
  person.page.locator(`[data-testid=message][data-seq="${seq}"]`);
const rowsOnPage = () => reader.page.getByTestId("message").count();

async function topOf(seq: number): Promise<number> {
  return (await row(reader, seq).boundingBox())?.y ?? Number.NaN;
}

/** Pages of history that have been asked for and answered. */
const pages = () => reader.wire.live?.answersTo("message:page").length ?? 0;

const timelineOf = (person: Person) => person.page.getByTestId("timeline");

/** How far the reader is from the end. */
const leftPx = () =>
  timelineOf(reader).evaluate(({ scrollHeight, clientHeight, scrollTop }) =>
    Math.round(scrollHeight - clientHeight - scrollTop),
  );

/** As a wheel does, once there is so much to scroll, and until the page has stood still for a while. */
async function scrollBy(px: number): Promise<void> {
  const timeline = timelineOf(reader);
  const roomPx = () => (px > 0 ? leftPx() : timeline.evaluate(({ scrollTop }) => scrollTop));
  await eventually(roomPx, "more comes before one gets there").toBeGreaterThan(Math.abs(px));
  await timeline.hover();
  await reader.page.mouse.wheel(0, px);
  await standsStill();
}

async function standsStill(): Promise<void> {
  await timelineOf(reader).evaluate(async (element, stillFrames) => {
    let top = element.scrollTop;
    for (let still = 0; still < stillFrames; still += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (element.scrollTop !== top) still = 0;
      top = element.scrollTop;
    }
  }, STILL_FRAMES);
}

function expectStill({ tops }: Sighting, what: string): void {
  expect(tops.length, "frames seen").toBeGreaterThanOrEqual(FRAMES_AFTER);
  const [first = Number.NaN] = tops;
  const moved = tops.filter((top) => !(Math.abs(top - first) <= TOLERANCE_PX));
  expect(moved, `${what}: away from ${first}`).toEqual([]);
}

test("what is being read stays to the pixel while history comes in above and messages below", async () => {
  await openWithHistory(500);
  await scrollBy(-400);
  let eye = await Eye.rest(reader.page);
  for (const text of ["one", "two", "three"]) await writer.write(text);
  const toNewest = reader.page.getByTestId("to-newest");
  await eventually(() => toNewest.textContent(), "the count of what is new").toContain("3 new");
  expectStill(await eye.lift(), "arrival");

  // Up to where the next page is asked for, and further, page after page.
  for (let page = 0; page < 2; page += 1) {
    const before = pages();
    while (pages() === before) {
      const { seq, tops } = await (await Eye.rest(reader.page)).lift();
      await scrollBy(-500);
      // The wheel moved it by what it was told, whatever was put on the page meanwhile.
      expect(Math.abs((await topOf(seq)) - 64 - (tops[0] ?? 0) - 500), "scrolled").toBeLessThan(2);
    }
    eye = await Eye.rest(reader.page);
    await reader.page.waitForTimeout(400);
    expectStill(await eye.lift(), "history");
  }
  expect(await rowsOnPage()).toBeLessThan(ROWS_MAX);

  await toNewest.click();
  await eventually(async () => (await reader.screen()).at(-1)?.text, "the end").toBe("three");
  await writer.write("four");
  await row(reader, 505).waitFor();
  await eventually(() => toNewest.count(), "who is at the end stays there").toBe(0);
});

test("the way to the newest message leads there, also while messages come in on the way", async () => {
  await openWithHistory(200);
  await reader.page.emulateMedia({ reducedMotion: "no-preference" });
  await scrollBy(-900);
  const toNewest = reader.page.getByTestId("to-newest");
  const before = await leftPx();
  const inside = await toNewest.evaluateHandle((button: HTMLElement) => {
    const timeline = document.querySelector("[data-testid=timeline]") as HTMLElement;
    const left: number[] = [];
    button.click();
    const look = () => {
      left.push(timeline.scrollHeight - timeline.clientHeight - timeline.scrollTop);
      requestAnimationFrame(look);
    };
    look();
    return left;
  });
  for (let count = 1; count <= 6; count += 1) await writer.write(`on the way ${count}`);
  await eventually(async () => (await reader.screen()).at(-1)?.text, "the end").toBe(
    "on the way 6",
  );
  await eventually(() => toNewest.count(), "there").toBe(0);
  await eventually(leftPx, "at the very end").toBeLessThan(2);
  expect(before).toBeGreaterThan(800);
  // However few pictures a busy machine draws: at once it would be at the end in all of them but the first.
  const onTheWay = (await inside.jsonValue()).filter((left) => left > 2 && left < before - 2);
  expect(onTheWay.length, "seen to move").toBeGreaterThan(0);

  // A reader who turns away is not pulled on. Once more where the first picture came so late that it was the end.
  let left = 0;
  await eventually(async () => {
    await scrollBy(-900);
    left = await toNewest.evaluate(turnAwayOnTheWay);
    return left;
  }, "on the way").toBeGreaterThan(AT_END_PX);
  await standsStill();
  expect(Math.abs((await leftPx()) - left), "where one turned away").toBeLessThan(2);
});

/** In the page: to the newest message, and away in the next picture. Resolves to how far from the end that was. */
function turnAwayOnTheWay(button: HTMLElement): Promise<number> {
  const timeline = document.querySelector("[data-testid=timeline]") as HTMLElement;
  button.click();
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      timeline.dispatchEvent(new WheelEvent("wheel", { deltaY: -1, bubbles: true }));
      resolve(timeline.scrollHeight - timeline.clientHeight - timeline.scrollTop);
    });
  });
}

test("what one writes further up is in view at the end, from wherever, and however late that comes", async () => {
  let isSlow = false;
  await reader.page.routeWebSocket(/\/socket\.io\//, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      // Pages come late, after what was written has been acknowledged.
      if (isSlow && /"hasMore"/.test(String(frame))) setTimeout(() => socket.send(frame), 500);
      else socket.send(frame);
    });
  });
  await openWithHistory(200);
  // So far back that nothing of what is in view is left, and so near that it is among the newest messages still.
  for (const from of [5, 165]) {
    isSlow = false;
    await reader.page.goto(`/rooms/${writer.roomId}/messages/${from}`);
    await row(reader, from).waitFor();
    expect(await row(reader, 201).count(), "the end is not on the page").toBe(0);
    isSlow = true;
    await reader.write(`from ${from}`);
    await reader.sees(`from ${from}`);
    const own = reader.page.getByTestId("message").filter({ hasText: `from ${from}` });
    const view = await reader.page.getByTestId("timeline").boundingBox();
    const box = await own.boundingBox();
    if (view === null || box === null) throw new Error("not drawn");
    expect(box.y + box.height, "in view").toBeLessThanOrEqual(view.y + view.height);
    expect(await reader.page.getByTestId("to-newest").count()).toBe(0);
  }
});

test("history that could not be had without a network comes by itself once there is one", async () => {
  await openWithHistory(200);
  await reader.goOffline();
  await reader.page.locator("[data-banner=offline]").waitFor();
  const timeline = reader.page.getByTestId("timeline");
  const retry = timeline.getByRole("button", { name: "Try again" });
  await timeline.evaluate((element) => element.scrollTo(0, 0));
  await retry.waitFor();
  reader.cable.plugIn();
  await reader.context.setOffline(false);
  await retry.waitFor({ state: "detached" });
  await eventually(pages, "the page before").toBeGreaterThan(0);
});

test("whoever turns away from the end in the moment in which something comes is not pulled back", async () => {
  await openWithHistory(200);
  // The row is on the page, and the browser says only with its next picture that it was scrolled.
  await timelineOf(reader).evaluate((timeline) => {
    const turn = new MutationObserver(() => {
      if (!timeline.textContent.includes("meanwhile")) return;
      turn.disconnect();
      timeline.scrollTo(0, 0);
    });
    turn.observe(timeline, { childList: true, subtree: true });
  });
  await writer.write("meanwhile");
  await reader.page.getByTestId("to-newest").waitFor();
  await eventually(pages, "the page before").toBeGreaterThan(0);
});

test("messages that came before their room was known, and the network went, stand at their end, and say what is missing", async () => {
  await reader.page.routeWebSocket(/\/socket\.io\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (!/\["room:(list|get)"/.test(String(frame))) server.send(frame);
    });
  });
  await openWithHistory(200);
  const timeline = timelineOf(reader);
  await eventually(leftPx, "at the end").toBeLessThan(2);
  await reader.goOffline();
  await reader.page.locator("[data-banner=offline]").waitFor();
  await timeline.evaluate((element) => element.scrollTo(0, 0));
  await timeline.getByRole("button", { name: "Try again" }).waitFor();
});

test("nothing moves when what stands above is edited, answered with emoji, or grows by itself", async () => {
  await openWithHistory(200);
  const { roomId } = writer;
  // An own message of the writer's just above what the reader sees, and on the reader's page.
  const own = writer.page.locator("[data-own=true]");
  await writer.page.goto(`/rooms/${roomId}/messages/100`);
  await row(writer, 100).waitFor();
  const seq = Number(await own.first().getAttribute("data-seq"));
  await reader.page.goto(`/rooms/${roomId}/messages/${seq + 9}`);
  await row(reader, seq + 9).waitFor();
  await standsStill();
  expect(await topOf(seq), "above the view").toBeLessThan(0);

  let eye = await Eye.rest(reader.page);
  await writer.actOn(seq, "수정");
  await writer.write("a line that is very long ".repeat(40));
  await eventually(() => row(reader, seq).textContent(), "the edit").toContain("very long");
  expectStill(await eye.lift(), "edit");

  eye = await Eye.rest(reader.page);
  await writer.actOn(seq, "👍 공감하기");
  await row(reader, seq).getByTestId("reaction").waitFor({ state: "attached" });
  expectStill(await eye.lift(), "reaction");

  // A picture that comes late would do this.
  eye = await Eye.rest(reader.page);
  await row(reader, seq).evaluate((element) => {
    element.style.paddingBottom = "300px";
  });
  expectStill(await eye.lift(), "growth");
});

test("in a hundred thousand messages one jumps anywhere and back, with few of them on the page", async () => {
  await openWithHistory(100_000);
  await reader.page.goto(`/rooms/${writer.roomId}/messages/50000`);
  await reader.page.locator('[data-seq="50000"][data-highlighted]').waitFor();
  expect(await rowsOnPage()).toBeLessThan(ROWS_MAX);

  // Both ways from there, without end and without a jump.
  for (const step of [-600, 600]) {
    for (let turn = 0; turn < 6; turn += 1) {
      const { seq, tops } = await (await Eye.rest(reader.page)).lift();
      await scrollBy(step);
      const movedBy = (await topOf(seq)) - 64 - (tops[0] ?? 0);
      expect(Math.abs(movedBy + step), `scrolled from ${seq}`).toBeLessThan(2);
    }
  }

  // The focus stays on its message wherever one scrolls.
  await reader.page.getByTestId("timeline").focus();
  await reader.page.keyboard.press("ArrowUp");
  await reader.page.keyboard.press("ArrowUp");
  const focused = () =>
    reader.page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.seq ?? null);
  const held = await focused();
  expect(Number(held)).toBeGreaterThan(49_000);
  for (let turn = 0; turn < 5; turn += 1) await scrollBy(-900);
  expect(await focused()).toBe(held);
  await reader.page.keyboard.press("ArrowDown");
  await eventually(focused, "the next one").toBe(String(Number(held) + 1));

  await reader.page.getByTestId("to-newest").click();
  await row(reader, 100_001).waitFor();
  await writer.write("and one more");
  await reader.sees("and one more");
  expect(await rowsOnPage()).toBeLessThan(ROWS_MAX);
});
