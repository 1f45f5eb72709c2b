import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import type { Person } from "../e2e/support/person.ts";
import { useStage } from "../e2e/support/stage.ts";
import { enterScenery, type Scenery } from "./conversation.ts";
import { GUEST_SCREENS, NEWCOMER_SCREENS, SCREENS, type Screen, WORDS } from "./screens.ts";

/** Where the photographs go: `<screen>-<device>-<scheme>-<language>.png`. */
const FOLDER =
  process.env.MOIM_PICTURES ?? join(import.meta.dirname, "..", "..", ".cache", "pictures");
const DEVICES = {
  phone: { width: 390, height: 844 },
  lying: { width: 844, height: 390 },
  tablet: { width: 820, height: 1_180 },
  desktop: { width: 1_360, height: 850 },
} as const;
/** Pictures fade in and names arrive. */
const SETTLING_MS = 250;

const stage = useStage();

async function photograph(
  person: Person,
  screens: Readonly<Record<string, Screen>>,
  scenery: Scenery,
): Promise<void> {
  const { page } = person;
  for (const language of ["ko", "en"] as const) {
    await page.addInitScript((code) => localStorage.setItem("moim.language", code), language);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const [device, size] of Object.entries(DEVICES)) {
        await page.setViewportSize(size);
        for (const [name, screen] of Object.entries(screens)) {
          const end = await screen({ page, person, words: WORDS[language], scenery });
          await page.waitForTimeout(SETTLING_MS);
          const file = `${name}-${device}-${colorScheme}-${language}.png`;
          await page.screenshot({ path: join(FOLDER, file) });
          if (typeof end === "function") await end();
        }
      }
    }
  }
}

test("every screen on phone (standing and lying), tablet and desktop, in light and dark, in Korean and English", async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const [guest, nobody, hana] = await Promise.all([
    stage().enter({ nickname: "guest", name: "Guest" }),
    stage().enter({ nickname: "newcomer", name: "새 사람" }),
    stage().enter({ nickname: "hana", name: "정하나" }),
  ]);
  const scenery = await enterScenery(stage(), hana);
  await photograph(guest, GUEST_SCREENS, scenery);
  await nobody.join();
  await photograph(nobody, NEWCOMER_SCREENS, scenery);
  await hana.openRoom(scenery.group);
  await hana.write("저도 갈게요!");
  await hana.sees("저도 갈게요!");
  await photograph(hana, SCREENS, scenery);
});
