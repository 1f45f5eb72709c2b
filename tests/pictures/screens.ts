import type { Page } from "playwright-core";
import type { Person } from "../e2e/support/person.ts";
import type { Scenery } from "./conversation.ts";

export type Words = Readonly<Record<"newMessage" | "search" | "people", string>>;
export const WORDS: Readonly<Record<"ko" | "en", Words>> = {
  en: {
    newMessage: "New message",
    search: "Search chats, people, messages",
    people: "Search by nickname or name",
  },
  ko: {
    newMessage: "새로운 메시지",
    search: "채팅, 사람, 메시지 검색",
    people: "닉네임 또는 이름 검색",
  },
};

/** Of a telephone with a notch and a bar at the bottom. */
export const SAFE_AREAS = { top: 47, bottom: 34 };

export type Look = { page: Page; person: Person; words: Words; scenery: Scenery };
/**
 * What leads to a screen; whatever it waits for is on it. Resolves to what must be undone after the
 * photograph, if anything.
 */
export type Screen = (look: Look) => Promise<unknown>;

export const GUEST_SCREENS: Readonly<Record<string, Screen>> = {
  "sign-in": ({ page }) => open(page, "/sign-in", "input[name=password]"),
  "sign-up": async ({ page }) => {
    await open(page, "/sign-up", "input[name=nickname]");
    await page.locator("input[name=email]").fill("not an address");
    await page.locator("input[name=password]").fill("secret1");
    await page.locator("input[name=nickname]").fill("minjun");
    await page.locator("input[name=nickname][aria-invalid=true]").waitFor();
  },
  code: async ({ page, person }) => {
    await open(page, "/sign-up", "input[name=nickname]");
    // As where the service asks for a code.
    const problem = { status: 400, code: "bad_request", errors: [{ path: "code", message: "" }] };
    await page.route("**/api/auth/sign-up", (route) =>
      route.fulfill({
        status: 400,
        contentType: "application/problem+json",
        body: JSON.stringify(problem),
      }),
    );
    const { email, nickname } = person;
    const fields = { email, nickname, name: "Guest", password: "correct-horse-1" };
    for (const [name, value] of Object.entries(fields)) {
      await page.locator(`input[name=${name}]`).fill(value);
    }
    const codes = { status: 202, json: { expiresAt: 0, resendAt: Date.now() + 45_000 } };
    await page.route("**/api/auth/verification-codes", (route) => route.fulfill(codes));
    await page.locator("button[type=submit]").click();
    await page.locator("input[name=code]").fill("0424");
  },
  "forgot-password": ({ page }) => open(page, "/forgot-password", "input[name=email]"),
  "reset-password": async ({ page }) => {
    await open(page, "/reset-password/abc", "input[name=new-password]");
    await page.locator("input[name=new-password]").fill("secret1");
  },
};

/** Of somebody who knows nobody yet. */
export const NEWCOMER_SCREENS: Readonly<Record<string, Screen>> = {
  "rooms-empty": ({ page, words }) => open(page, "/", `[aria-label="${words.newMessage}"]`),
};

const settings =
  (section: string): Screen =>
  ({ page }) =>
    open(page, `/settings/${section}`, "[data-testid=settings-section] > *");

export const SCREENS: Readonly<Record<string, Screen>> = {
  rooms: ({ page }) => open(page, "/", "[data-testid=room-row]"),
  room: ({ page, scenery }) =>
    open(page, `/rooms/${scenery.group}`, "[data-testid=message][data-seq]"),
  "room-direct": ({ page, scenery }) =>
    open(page, `/rooms/${scenery.direct}`, "[data-testid=message][data-seq]"),
  "room-extreme": async ({ page, scenery }) => {
    // It opens where the new messages begin, which is far above what is to be seen, and until then may show its end.
    await open(page, `/rooms/${scenery.extreme}`, "[data-testid=timeline][data-opened]");
    await page.waitForFunction(() => {
      const view = document.querySelector("[data-testid=timeline]");
      view?.scrollTo(0, view.scrollHeight);
      return document.querySelector("[data-testid=reaction]") !== null;
    });
  },
  menu: async (look) => {
    await SCREENS["room-extreme"]?.(look);
    await goToMessage(look.page, 1);
    await look.page.keyboard.press("Enter");
    await look.page.getByTestId("message-menu").waitFor();
  },
  reactors: async (look) => {
    await SCREENS["room-extreme"]?.(look);
    await goToMessage(look.page, 2);
    await look.page.keyboard.press("Enter");
    await look.page.getByTestId("message-menu").getByRole("menuitem").nth(7).press("Enter");
    await look.page.getByTestId("reactors").waitFor();
  },
  unsent: async ({ page, person, scenery }) => {
    await open(page, `/rooms/${scenery.refusing}`, "[data-state=failed]");
    await person.goOffline();
    await page.locator("[data-testid=connection-banner][data-banner=offline]").waitFor();
    await person.write("터널을 지나는 중이에요");
    await page.locator("[data-state=waiting]").first().waitFor();
    return async () => {
      person.cable.plugIn();
      await person.context.setOffline(false);
    };
  },
  "safe-areas": async (look) => {
    await SCREENS.room?.(look);
    return withSafeAreas(look.page);
  },
  "safe-areas-dialog": async (look) => {
    const end = await withSafeAreas(look.page);
    await SCREENS["new-room"]?.(look);
    return end;
  },
  "safe-areas-offer": async ({ page, person, scenery }) => {
    await open(page, "/", "[data-testid=room-row]");
    await person.openRoom(scenery.direct);
    await person.write("오늘 저녁에 볼게요");
    // Whoever has said something is offered to be told of the answer, below the list.
    await page.evaluate(() => history.back());
    await page.locator("[data-region] section[role=status]").waitFor();
    return withSafeAreas(page);
  },
  question: async ({ page, scenery }) => {
    await open(page, `/rooms/${scenery.group}/details`, "[data-testid=member]");
    await page.locator("aside footer button").click();
    await page.getByRole("alertdialog").waitFor();
  },
  "failed-form": async ({ page, person }) => {
    await open(page, "/settings/profile", "textarea[name=bio]");
    await page.locator("textarea[name=bio]").fill("주말에는 산에 있습니다.");
    await person.context.setOffline(true);
    await page.locator("button[type=submit]").click();
    await page.locator("form [role=alert]:not(:empty)").waitFor();
    return async () => {
      await person.context.setOffline(false);
      await page.locator("textarea[name=bio]").fill("");
    };
  },
  picture: async ({ page }) => {
    await open(page, "/settings/profile", "[data-testid=picture]");
    const buffer = await page.screenshot();
    const file = { name: "picture.png", mimeType: "image/png", buffer };
    await page.getByTestId("picture").setInputFiles(file);
    await page.getByRole("slider").fill("1.5");
  },
  details: ({ page, scenery }) =>
    open(page, `/rooms/${scenery.group}/details`, "[data-testid=member]"),
  invite: async ({ page, scenery }) => {
    await open(page, `/rooms/${scenery.group}/details`, "[data-testid=member]");
    await page.locator("aside ul button").first().click();
    await page.getByRole("combobox").fill("jisu");
    await page.getByTestId("person").first().waitFor();
  },
  person: async ({ page, scenery }) => {
    await open(page, `/rooms/${scenery.group}/details`, "[data-testid=member]");
    await page.getByTestId("member").getByText("@minjun").click();
    await page.getByTestId("person-card").getByText("@minjun").waitFor();
  },
  search: async ({ page, words }) => {
    await open(page, "/", "[data-testid=room-row]");
    await page.getByRole("searchbox", { name: words.search }).fill("서연");
    await page.getByTestId("found-person").first().waitFor();
  },
  "search-messages": async ({ page, words }) => {
    await open(page, "/", "[data-testid=room-row]");
    await page.getByRole("searchbox", { name: words.search }).fill("정문");
    await page.getByTestId("found-message").first().waitFor();
  },
  "new-room": async ({ page, words }) => {
    await open(page, "/", "[data-testid=room-row]");
    await page.getByRole("button", { name: words.newMessage, exact: true }).click();
    for (const nickname of ["minjun", "ada.l"]) {
      await page.getByRole("combobox", { name: words.people }).fill(nickname);
      await page.locator(`[data-testid=person][data-nickname="${nickname}"]`).click();
    }
    await page.getByRole("combobox", { name: words.people }).fill("j");
    await page.getByTestId("person").first().waitFor();
  },
  switcher: async ({ page }) => {
    await open(page, "/", "[data-testid=room-row]");
    await page.keyboard.press("Control+k");
    await page.getByTestId("switch-to").first().waitFor();
  },
  settings: ({ page }) => open(page, "/settings", "nav ul a >> visible=true"),
  profile: settings("profile"),
  password: settings("password"),
  sessions: async (look) => {
    await settings("sessions")(look);
    await look.page.getByTestId("session").first().waitFor();
  },
  preferences: settings("preferences"),
  notifications: settings("notifications"),
  "delete-account": settings("delete-account"),
};

/** Resolves to what takes them away. */
async function withSafeAreas(page: Page): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setSafeAreaInsetsOverride", { insets: SAFE_AREAS });
  return () => devtools.detach();
}

async function open(page: Page, path: string, selector: string): Promise<void> {
  // Whoever goes where they are already reloads, and finds the dialog that was open.
  if (page.url().startsWith("http")) await page.evaluate(() => history.replaceState(null, ""));
  await page.goto(path);
  await page.locator(selector).first().waitFor();
}

/** The keyboard goes so many messages up from the end. */
async function goToMessage(page: Page, steps: number): Promise<void> {
  await page.getByTestId("timeline").focus();
  for (let step = 0; step < steps; step += 1) await page.keyboard.press("ArrowUp");
  await page.waitForFunction(
    () => document.activeElement?.closest("[data-testid=message]") !== null,
  );
}
