import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { lookAway, lookBack } from "./support/attention.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

type Shown = { title: string; body: string };

/** In the page: the notifications that stand on the screen. */
function shownOn(page: Page): Promise<Shown[]> {
  return page.evaluate(async () => {
    const { ready } = navigator.serviceWorker;
    const notifications = await (await ready).getNotifications();
    return notifications.map(({ title, body }) => ({ title, body }));
  });
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
  await mina.write("nobody has asked to be told");
  await joon.roomRow(roomId).getByText("nobody has asked").waitFor();
  expect(await shownOn(joon.page)).toEqual([]);

  await lookBack(joon.page);
  await joon.page.evaluate(() => localStorage.setItem("moim.notifications", "on"));
  await joon.page.reload();
  await joon.connected();
  await joon.roomRow(roomId).waitFor();
  const secondTab = await joon.context.newPage();
  await secondTab.goto("/");
  await secondTab.getByTestId("room-row").waitFor();
  await lookAway(joon.page);
  await mina.write("somebody looks at the other tab");
  await secondTab.getByText("somebody looks at").waitFor();
  await joon.roomRow(roomId).getByText("somebody looks at").waitFor();
  expect(await shownOn(joon.page)).toEqual([]);

  await lookAway(secondTab);
  await mina.write("now nobody does");
  await eventually(() => shownOn(joon.page), "told once").toEqual([
    { title: "Mina", body: "now nobody does" },
  ]);
  await lookBack(joon.page);
  await joon.openRoom(roomId);
  await eventually(() => shownOn(joon.page), "what was read needs no telling").toEqual([]);
});
