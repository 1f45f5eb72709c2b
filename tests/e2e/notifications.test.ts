import type { Page, Worker } from "playwright-core";
import { expect, test } from "vitest";
import { hideTab, lookAway, lookBack, showTab } from "./support/attention.ts";
import { type Companion, companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

type Shown = { title: string; body: string };

/**
 * In the page: the notifications that stand on the screen. In turn with what shows them: Chromium
 * loses what it is about to show when it is asked.
 */
function shownOn(page: Page): Promise<Shown[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const ask = () => registration.getNotifications();
    const notifications = await navigator.locks.request("moim.notifications", ask);
    return notifications.map(({ title, body }) => ({ title, body }));
  });
}

/** As a tab that is just showing one, or asking which there are; answers what ends it. */
async function takeTurn(page: Page): Promise<() => Promise<void>> {
  const turn = await page.evaluateHandle(
    () =>
      new Promise<{ end: () => void }>((taken) => {
        const hold = () => new Promise<void>((end) => taken({ end }));
        void navigator.locks.request("moim.notifications", hold);
      }),
  );
  return () => turn.evaluate(({ end }) => end());
}

/** As if what one tab has stored of it came to the other too late. */
async function forgetWhoTold(page: Page): Promise<void> {
  await page.evaluate(() => {
    const store = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (key !== "moim.told") store.call(this, key, value);
    };
  });
}

/** From now on; each of them makes a sound. */
async function countShown(page: Page): Promise<() => Promise<number>> {
  const shown = await page.evaluateHandle(() => {
    const { prototype } = ServiceWorkerRegistration;
    const show = prototype.showNotification;
    const count = { value: 0 };
    prototype.showNotification = function (...what) {
      count.value += 1;
      return show.apply(this, what);
    };
    return count;
  });
  return () => shown.evaluate(({ value }) => value);
}

function waitingForTurn(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { pending = [] } = await navigator.locks.query();
    return pending.filter(({ name }) => name === "moim.notifications").length;
  });
}

/** Well before the browser itself takes away what nobody has looked at. */
const TAKEN_BACK_WITHIN_MS = 10_000;

/** Longer than it takes to find out whose turn it is, and what the sender is called. */
const TOLD_WITHIN_MS = 1_500;

async function expectNothingTold(page: Page): Promise<void> {
  await page.waitForTimeout(TOLD_WITHIN_MS);
  expect(await shownOn(page)).toEqual([]);
}

function expectTakenBack(page: Page, message: string): Promise<void> {
  return expect.poll(() => shownOn(page), { message, timeout: TAKEN_BACK_WITHIN_MS }).toEqual([]);
}

/** Looked away from, a tab lets go a moment later of what keeps the others from telling. */
async function nobodyLooks(page: Page): Promise<void> {
  const watched = () =>
    page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      return held.filter(({ name }) => name === "moim.watched").length;
    });
  await eventually(watched, "tabs that are looked at").toBe(0);
}

async function withWorker(person: Person): Promise<void> {
  await person.page.evaluate(() => navigator.serviceWorker.ready);
}

test("told of messages while one looks at no tab, once, until they are read", async () => {
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: "t.mina", name: "Mina" }),
    stage().enter({ nickname: "t.joon", name: "June" }),
  ]);
  await joon.context.grantPermissions(["notifications"], { origin: stage().cluster.url });
  await Promise.all([mina.join(), joon.join()]);
  await withWorker(joon);
  await mina.startRoom(joon);
  await mina.write("are you there?");
  const { roomId } = mina;
  await joon.roomRow(roomId).waitFor();
  await lookAway(joon.page);
  await nobodyLooks(joon.page);
  await mina.write("nobody has asked to be told");
  await joon.roomRow(roomId).getByText("nobody has asked").waitFor();
  await expectNothingTold(joon.page);

  await lookBack(joon.page);
  await joon.page.goto("/settings/notifications");
  const wish = joon.page.getByRole("switch", { name: "Tell me of new messages" });
  await wish.click();
  await eventually(() => wish.isChecked(), "wished for").toBe(true);
  await joon.page.goto("/");
  await joon.connected();
  await joon.roomRow(roomId).waitFor();
  const secondTab = await joon.context.newPage();
  await secondTab.goto("/");
  await secondTab.getByTestId("room-row").waitFor();
  // Either tab may be the one that tells, and one without a worker tells past it.
  for (const tab of [joon.page, secondTab]) await tab.evaluate(() => navigator.serviceWorker.ready);
  await lookAway(joon.page);
  await mina.write("somebody looks at the other tab");
  await secondTab.getByText("somebody looks at").waitFor();
  await joon.roomRow(roomId).getByText("somebody looks at").waitFor();
  await expectNothingTold(joon.page);

  await lookAway(secondTab);
  await nobodyLooks(secondTab);
  const counts = await Promise.all([joon.page, secondTab].map(countShown));
  for (const tab of [joon.page, secondTab]) await forgetWhoTold(tab);
  const endTurn = await takeTurn(joon.page);
  await mina.write("now nobody does");
  const waiting = () => waitingForTurn(joon.page);
  await eventually(waiting, "told when nobody asks what was told").toBe(2);
  await endTurn();
  await eventually(() => shownOn(joon.page), "told once").toEqual([
    { title: "Mina", body: "now nobody does" },
  ]);
  await lookBack(joon.page);
  const endNextTurn = await takeTurn(joon.page);
  await joon.openRoom(roomId);
  await eventually(waiting, "nor is it taken back while one is shown").toBe(2);
  await endNextTurn();
  await expectTakenBack(joon.page, "what was read needs no telling");
  const [first = 0, second = 0] = await Promise.all(counts.map((count) => count()));
  expect(first + second, "by one tab alone").toBe(1);

  // Not of a room that is muted, nor once it is no longer wished for: the other tab knows it, too.
  await joon.button(joon.labels.details).click();
  const mute = joon.page.getByRole("switch", { name: "Mute" });
  await mute.click();
  const unheard = async (text: string) => {
    for (const tab of [joon.page, secondTab]) await lookAway(tab);
    await nobodyLooks(secondTab);
    await mina.write(text);
    await secondTab.getByText(text).waitFor();
    await expectNothingTold(joon.page);
    await lookBack(joon.page);
  };
  await secondTab.getByTestId("room-row").getByLabel("Muted").waitFor();
  await unheard("in a muted room");
  await mute.click();
  await secondTab.getByTestId("room-row").getByLabel("Muted").waitFor({ state: "detached" });
  await joon.page.goto("/settings/notifications");
  await wish.click();
  await eventually(() => wish.isChecked(), "wished for no more").toBe(false);
  await unheard("told to nobody");
});

test("notifications are offered to who has said something, once, and asked of the browser by a press", async () => {
  const hana = await stage().enter({ nickname: "w.hana", name: "Hana" });
  // A browser without a screen refuses by itself: as if nobody had been asked yet.
  await hana.context.addInitScript(() => {
    const answers = { asked: 0, permission: "default" };
    Object.defineProperty(Notification, "permission", { get: () => answers.permission });
    Notification.requestPermission = async () => {
      answers.asked += 1;
      answers.permission = "granted";
      return "granted";
    };
    Object.assign(window, { answers });
  });
  const [mina] = await Promise.all([companion(stage().cluster.url, "w.mina", "Mina"), hana.join()]);
  const [user] = await mina.client.searchUsers(hana.nickname);
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await hana.openRoom(roomId);
  await hana.sees("hello");
  const offer = hana.page.getByText("Would you like to be told of new messages");
  expect(await offer.count(), "who has only read").toBe(0);
  await hana.write("hello Mina");
  await offer.waitFor();
  const asked = () =>
    hana.page.evaluate(() => (window as unknown as { answers: { asked: number } }).answers.asked);
  expect(await asked(), "not by itself").toBe(0);
  await hana.button("Not now").click();
  await offer.waitFor({ state: "detached" });
  await hana.page.reload();
  await hana.sees("hello Mina");
  await hana.write("and once more");
  await hana.sees("and once more");
  expect(await offer.count(), "no is no").toBe(0);

  await hana.page.evaluate(() => localStorage.removeItem("moim.notifications"));
  await hana.page.reload();
  await hana.sees("and once more");
  await hana.write("still here");
  await hana.button("Turn on").click();
  await offer.waitFor({ state: "detached" });
  expect(await asked()).toBe(1);
  await hana.page.getByRole("link", { name: "Settings" }).click();
  await hana.page.getByRole("link", { name: "Notifications" }).click();
  const wish = hana.page.getByRole("switch", { name: "Tell me of new messages" });
  await eventually(() => wish.isChecked(), "on").toBe(true);
  await mina.client.stop();
});

/** In the worker: as if somebody had clicked on the notification; answers what it would open anew. */
async function click(worker: Worker): Promise<string[]> {
  return worker.evaluate(async () => {
    const scope = globalThis as unknown as {
      registration: ServiceWorkerRegistration;
      clients: { openWindow(url: string): Promise<null> };
    };
    const opened: string[] = [];
    // A browser opens a window only after a real click.
    scope.clients.openWindow = async (url) => {
      opened.push(url);
      return null;
    };
    const [notification] = await scope.registration.getNotifications();
    const event = Object.assign(new Event("notificationclick"), { notification });
    const works: Promise<unknown>[] = [];
    Object.assign(event, { waitUntil: (work: Promise<unknown>) => works.push(work) });
    globalThis.dispatchEvent(event);
    // It may not take the focus either; whatever else it does is done by then.
    await Promise.allSettled(works);
    return opened;
  });
}

/** Somebody who has turned notifications on, and two others with whom they talk. */
async function listening(prefix: string): Promise<{
  joon: Person;
  mina: Companion;
  direct: string;
  group: string;
}> {
  const { url } = stage().cluster;
  const joon = await stage().enter({ nickname: `${prefix}.joon`, name: "June" });
  await joon.context.grantPermissions(["notifications"], { origin: url });
  const [mina, sora] = await Promise.all([
    companion(url, `${prefix}.mina`, "Mina"),
    companion(url, `${prefix}.sora`, "Sora"),
    joon.join(),
  ]);
  await withWorker(joon);
  const [user] = await mina.client.searchUsers(joon.nickname);
  const direct = await mina.client.createDirect(user?.id ?? "");
  const group = await mina.client.createGroup({
    title: "Walks",
    userIds: [user?.id ?? "", sora.userId],
  });
  await sora.client.stop();
  await say(mina, direct, "hello");
  await joon.page.goto("/settings/notifications");
  const wish = joon.page.getByRole("switch", { name: "Tell me of new messages" });
  await wish.click();
  // The browser is asked first, and a page that is left hears no answer.
  await eventually(() => wish.isChecked(), "wished for").toBe(true);
  await joon.page.goto("/");
  await joon.roomRow(direct).waitFor();
  return { joon, mina, direct, group };
}

test("a click opens the room: in a window that shows another one, hidden or not, else in a new one", async () => {
  const { joon, mina, direct, group } = await listening("c");
  const [worker] = joon.context.serviceWorkers();
  if (worker === undefined) throw new Error("no worker");
  await joon.openRoom(group);
  await joon.page.keyboard.press("Control+k");
  await joon.page.getByRole("dialog").waitFor();
  await hideTab(joon.page);
  await nobodyLooks(joon.page);
  await say(mina, direct, "psst");
  await eventually(() => shownOn(joon.page), "told").toEqual([{ title: "Mina", body: "psst" }]);
  expect(await click(worker), "the window that is there").toEqual([]);
  await eventually(() => joon.roomId, "the room").toBe(direct);
  await joon.sees("psst");
  expect(await joon.page.getByRole("dialog").count(), "nothing lies over it").toBe(0);
  expect(await shownOn(joon.page)).toEqual([]);

  // Read on another device while no page was open: taken back by the next page.
  await lookAway(joon.page);
  await nobodyLooks(joon.page);
  await say(mina, group, "who comes along?");
  const told = [{ title: "Walks", body: "Mina: who comes along?" }];
  await eventually(() => shownOn(joon.page), "told").toEqual(told);
  await joon.page.goto("about:blank");
  await stage().ledger.markAllRead(group);
  await joon.page.goto("/");
  await expectTakenBack(joon.page, "read");

  await joon.connected();
  await lookAway(joon.page);
  await nobodyLooks(joon.page);
  await say(mina, direct, "still there?");
  await eventually(() => shownOn(joon.page), "told").toHaveLength(1);
  await joon.page.close();
  expect(await click(worker)).toEqual([`/rooms/${direct}`]);
  const fresh = await joon.context.newPage();
  await fresh.goto(`/rooms/${direct}`);
  await fresh.getByTestId("bubble").getByText("still there?").waitFor();
  await mina.client.stop();
});

test("signed out, nothing of what was told stays: neither shown, nor counted, nor told late", async () => {
  const { joon, mina, direct } = await listening("o");
  await hideTab(joon.page);
  await nobodyLooks(joon.page);
  await say(mina, direct, "for your eyes only");
  await eventually(() => shownOn(joon.page), "told").toHaveLength(1);
  const icon = () => joon.page.locator("link[rel=icon]").getAttribute("href");
  await eventually(icon, "counted").toContain("data:");
  // Of somebody whose name the page does not get in time.
  const lena = await companion(stage().cluster.url, "o.lena", "Lena");
  const [user] = await lena.client.searchUsers(joon.nickname);
  let asked = 0;
  await joon.context.route("**/api/users?ids=*", async () => {
    asked += 1;
  });
  await joon.page.getByRole("link", { name: "Settings" }).click();
  await joon.button("Sign out").waitFor();
  await say(lena, await lena.client.createDirect(user?.id ?? ""), "hi, I am new here");
  await eventually(() => asked, "the name is looked up").toBeGreaterThan(0);
  await joon.button("Sign out").click();
  await joon.page.locator("input[name=email]").waitFor();
  await expectTakenBack(joon.page, "nobody is signed in");
  expect(await icon()).toBe("/icon.svg");
  // Longer than a name is waited for.
  await joon.page.waitForTimeout(2_000);
  expect(await shownOn(joon.page)).toEqual([]);
  await showTab(joon.page);
  await Promise.all([mina.client.stop(), lena.client.stop()]);
});
