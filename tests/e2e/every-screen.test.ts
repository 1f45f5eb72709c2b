import { expect, test } from "vitest";
import { enterScenery } from "../pictures/conversation.ts";
import { GUEST_SCREENS, SAFE_AREAS, SCREENS, WORDS } from "../pictures/screens.ts";
import { violations } from "./support/axe.ts";
import { outsideOfSafeArea, overflowing } from "./support/layout.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1_360, height: 850 };

test("on any screen nothing is serious, wider than its place, or under a notch: light on a desktop, dark on a phone", async () => {
  const [guest, hana] = await Promise.all([
    stage().enter({ nickname: "guest", name: "Guest" }),
    stage().enter({ nickname: "hana", name: "정하나" }),
  ]);
  const scenery = await enterScenery(stage(), hana);
  for (const [colorScheme, size] of [
    ["light", DESKTOP],
    ["dark", PHONE],
  ] as const) {
    for (const [person, screens] of [
      [guest, GUEST_SCREENS],
      [hana, SCREENS],
    ] as const) {
      const { page } = person;
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      for (const [name, screen] of Object.entries(screens)) {
        const end = await screen({ page, person, words: WORDS.en, scenery });
        const what = `${name} in ${colorScheme}`;
        expect(await violations(page), what).toEqual([]);
        expect(await overflowing(page), what).toEqual([]);
        if (name.startsWith("safe-areas")) {
          expect(await outsideOfSafeArea(page, SAFE_AREAS), what).toEqual([]);
        }
        if (typeof end === "function") await end();
      }
    }
  }
}, 300_000);
