import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { overflowing } from "./support/layout.ts";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** A telephone that lies, with a notch at one side. */
const SIDES = { left: 47, right: 47 };
/** What a keyboard leaves of it. */
const SEEN = 200;

/**
 * In the page: whatever can be pressed or filled in, in what lies on top, and cannot be brought into what is seen.
 */
function outOfReach({ left, right, bottom }: { left: number; right: number; bottom: number }) {
  const layers = document.querySelectorAll("[role=dialog], [role=alertdialog], [role=menu]");
  const within = [...layers].at(-1) ?? document.querySelector("main") ?? document.body;
  const parts = within.querySelectorAll<HTMLElement>("button, input, textarea, [role=menuitem]");
  return [...parts].flatMap((part) => {
    part.scrollIntoView({ block: "nearest" });
    const box = part.getBoundingClientRect();
    const isIn =
      box.top >= 0 &&
      box.bottom <= bottom &&
      box.left >= left &&
      box.right <= window.innerWidth - right;
    // A message's own tools are there only while one points at it.
    if (isIn || box.width === 0 || part.closest("[data-testid=message]") !== null) return [];
    const name = part.getAttribute("aria-label") ?? part.textContent.trim();
    return [`${name}: ${box.left},${box.top} to ${box.right},${box.bottom}`];
  });
}

/** As on iOS, where the page keeps its height and the keyboard lies over it. */
async function cover(page: Page): Promise<void> {
  await page.evaluate((height) => {
    const place = { width: innerWidth, offsetLeft: 0, offsetTop: 0, scale: 1 };
    const viewport = Object.assign(new EventTarget(), { height, ...place });
    Object.defineProperty(window, "visualViewport", { value: viewport });
    document.documentElement.style.setProperty("--visible-height", `${height}px`);
  }, SEEN);
}

test.each([
  ["resizes the page", { width: 667, height: SEEN }],
  ["lies over it", { width: 844, height: 390 }],
])(
  "on a telephone that lies, with a keyboard that %s, everything can be reached",
  async (_how, size) => {
    const number = size.width;
    const hana = await stage().enter({ nickname: `w.hana${number}`, name: "Hana", hasPhone: true });
    const { page } = hana;
    await page.setViewportSize(size);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setSafeAreaInsetsOverride", { insets: SIDES });
    const { url } = stage().cluster;
    const [mina] = await Promise.all([companion(url, `w.mina${number}`, "Mina"), hana.join()]);
    const [user] = await mina.client.searchUsers(hana.nickname);
    const userIds = [user?.id ?? ""];
    const roomId = await mina.client.createGroup({ title: "Walks", userIds });
    await say(mina, roomId, "hello");
    await hana.roomRow(roomId).waitFor();
    if (size.height > SEEN) await cover(page);
    const allIsWell = async (what: string) => {
      const beyond = () => page.evaluate(outOfReach, { ...SIDES, bottom: SEEN });
      await eventually(beyond, `${what}: out of reach`).toEqual([]);
      expect(await overflowing(page), what).toEqual([]);
    };

    await hana.button(hana.labels.newMessage).tap();
    await page.getByRole("dialog").getByRole("option").first().tap();
    await allIsWell("a new room");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await hana.openRoom(roomId);
    await hana.sees("hello");
    await hana.composer.fill("one\ntwo\nthree\nfour\nfive\nsix");
    await allIsWell("the room");
    await hana.composer.fill("");
    await page.getByTestId("timeline").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    await allIsWell("a message's menu");
    await page.getByRole("menuitem", { name: "More emoji" }).press("Enter");
    await page.getByTestId("emoji-picker").getByRole("searchbox").waitFor();
    const picker = async () => {
      const box = await page.getByTestId("emoji-picker").boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= SEEN && box.height > SEEN / 2;
    };
    await eventually(picker, "all emoji are in view").toBe(true);
    await page.keyboard.press("Escape");

    await hana.button(hana.labels.details).tap();
    await hana.button("Rename").tap();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).waitFor();
    await allIsWell("a new name");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await hana.button(hana.labels.leaveRoom).tap();
    await page.getByRole("alertdialog").waitFor();
    await allIsWell("a question");
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    await mina.client.stop();
  },
);
