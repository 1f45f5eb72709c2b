import { expect, test } from "vitest";
import { violations } from "./support/axe.ts";
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
