import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};
const SERIOUS = new Set(["serious", "critical"]);

const stage = useStage();

/** What is wrong on the page as it is now, and where. */
async function violations(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy forbids, but through the browser's own tools.
  await page.evaluate(AXE);
  const { violations: found, passes } = await page.evaluate(
    async (rules) => (globalThis as unknown as { axe: Axe }).axe.run(rules),
    RULES,
  );
  expect(passes.length, "rules that were tried").toBeGreaterThan(0);
  return found
    .filter(({ impact }) => SERIOUS.has(impact ?? ""))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
}

type Axe = { run(options: RunOptions): Promise<AxeResults> };

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
