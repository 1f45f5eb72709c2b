import { expect, test } from "vitest";
import { violations } from "./support/axe.ts";
import { companion, say } from "./support/company.ts";
import { stopsWithoutSign } from "./support/focus-walk.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

async function talk(mina: Person, joon: Person): Promise<void> {
  await mina.startRoom(joon);
  await mina.write("hello");
  await joon.openRoom(mina.roomId);
  await joon.write("https://example.org/ hello");
  await mina.sees("https://example.org/ hello");
}

test.each(["light", "dark"] as const)("nothing serious in %s", async (colorScheme) => {
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: `${colorScheme}.mina`, name: "Mina", colorScheme }),
    stage().enter({ nickname: `${colorScheme}.joon`, name: "준이", language: "ko", colorScheme }),
  ]);
  await mina.page.goto("/sign-in");
  await mina.page.locator("button[type=submit]").waitFor();
  expect(await violations(mina.page), "sign-in").toEqual([]);
  await mina.page.goto("/sign-up");
  await mina.page.locator("input[name=nickname]").waitFor();
  expect(await violations(mina.page), "sign-up").toEqual([]);

  await Promise.all([mina.join(), joon.join()]);
  await talk(mina, joon);
  expect(await violations(mina.page), "a room").toEqual([]);
  expect(await violations(joon.page), "a room in Korean").toEqual([]);
  await mina.button(mina.labels.details).click();
  await mina.button(mina.labels.leaveRoom).waitFor();
  expect(await violations(mina.page), "details").toEqual([]);
  await joon.button(joon.labels.newMessage).click();
  await joon.page.getByRole("combobox", { name: joon.labels.searchPeople }).fill(mina.nickname);
  await joon.page.getByTestId("person").waitFor();
  expect(await violations(joon.page), "new room").toEqual([]);
});

test("what others say is read out, also the same words once more", async () => {
  const hana = await stage().enter({ nickname: "a.listens", name: "Hana" });
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "a.mina2", "Mina"),
    hana.join(),
  ]);
  const [user] = await mina.client.searchUsers("a.listens");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "before");
  // What somebody is called that long is read out all the same, and is not put right.
  await hana.roomRow(roomId).getByText("Mina").waitFor();
  await hana.openRoom(roomId);
  await hana.sees("before");
  await hana.page.evaluate(listen);
  const said = () => hana.page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  await say(mina, roomId, "yes", "yes");
  await eventually(said, "twice").toEqual(["Mina: yes", "Mina: yes"]);
  await hana.write("mine");
  await hana.sees("mine");
  await say(mina, roomId, "and more");
  await eventually(said, "nothing of one's own").toEqual([
    "Mina: yes",
    "Mina: yes",
    "Mina: and more",
  ]);
  await mina.client.stop();
});

/** In the page: notes from now on what is read out. A line goes again after a while, and a busy machine takes longer. */
function listen(): void {
  const log = document.querySelector("[data-testid=announcer]");
  if (log === null) throw new Error("nothing is read out");
  const said: string[] = [];
  new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (node instanceof HTMLElement) said.push(node.textContent);
    }
  }).observe(log, { childList: true });
  Object.assign(globalThis, { said });
}

test.each(["light", "dark"] as const)(
  "wherever Tab leads, one sees where one is, in %s",
  async (colorScheme) => {
    const hana = await stage().enter({ nickname: `${colorScheme}.tab`, name: "Hana", colorScheme });
    const { page } = hana;
    await page.goto("/sign-up");
    await page.locator("input[name=nickname]").waitFor();
    expect(await stopsWithoutSign(page), "sign-up").toEqual([]);
    const [mina] = await Promise.all([
      companion(stage().cluster.url, `${colorScheme}.tab2`, "Mina"),
      hana.join(),
    ]);
    const [user] = await mina.client.searchUsers(hana.nickname);
    const roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
    await say(mina, roomId, "see https://example.org/");
    await page.goto(`/rooms/${roomId}/details`);
    await page.getByTestId("member").first().waitFor();
    await hana.sees("see https://example.org/");
    expect(await stopsWithoutSign(page), "a room and its details").toEqual([]);
    await page.goto("/settings/preferences");
    await page.getByRole("radio").first().waitFor();
    expect(await stopsWithoutSign(page), "settings").toEqual([]);
    await mina.client.stop();
  },
);
