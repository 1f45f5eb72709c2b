import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

async function idOf(
  person: Person,
  other: { client: { searchUsers: (query: string) => Promise<readonly { id: string }[]> } },
) {
  const [user] = await other.client.searchUsers(person.nickname);
  return user?.id ?? "";
}

/** In the page: text, or an element's name, of what has the keyboard. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    if (activeElement === document.body) return "lost";
    return activeElement?.getAttribute("name") ?? activeElement?.textContent?.trim() ?? "";
  });
}

test("the focus is never lost between places, and wrong forms lead to what is wrong", async () => {
  const hana = await stage().enter({ nickname: "s.hana", name: "Hana", hasPhone: true });
  const { page } = hana;
  await hana.createAccount();
  await hana.context.clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Sign up" }).press("Enter");
  await eventually(() => focused(page), "where one is").toBe("Create your account");
  await page.goBack();
  await eventually(() => focused(page), "back again").toBe("Welcome back");
  // In the page's words, not in those of a browser that may speak another language.
  await hana.button("Sign in").press("Enter");
  await page.getByText("Enter your email.").waitFor();
  expect(await focused(page)).toBe("email");
  await page.keyboard.type("hana at home");
  await page.keyboard.press("Enter");
  await page.getByText("This is not a complete email address.").waitFor();
  await page.locator("input[name=email]").fill(hana.email);
  await hana.button("Sign in").press("Enter");
  await page.getByText("Enter your password.").waitFor();
  expect(await focused(page)).toBe("password");
  await page.locator("input[name=password]").fill("not-my-horse-1");
  await page.keyboard.press("Enter");
  await page.getByText("The email or password is wrong.").waitFor();
  // Said again in whichever language is chosen while it stands there.
  await hana.button("한국어").click();
  await page.getByText("이메일 또는 비밀번호가 잘못되었습니다.").waitFor();
  await hana.button("English").click();
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Chats" }).waitFor();
  await eventually(() => focused(page), "signed in").toBe("Chats");

  await page.getByRole("link", { name: "Settings" }).press("Enter");
  await eventually(() => focused(page), "the menu").toBe("Settings");
  await page.getByRole("link", { name: "Password" }).press("Enter");
  await eventually(() => focused(page), "a section").toBe("Password");
  await page.goBack();
  await eventually(() => focused(page), "the menu again").toBe("Settings");
  await page.goBack();
  await eventually(() => focused(page), "the list again").toBe("Chats");
});

test("pictures move nothing when they arrive late, and initials stand for those that never do", async () => {
  const hana = await stage().enter({ nickname: "s.late", name: "Hana" });
  const { url } = stage().cluster;
  const [mina, sora] = await Promise.all([
    companion(url, "s.mina", "Mina"),
    companion(url, "s.sora", "Sora"),
    hana.join(),
  ]);
  const drawn = await hana.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(512, 512);
    canvas.getContext("2d")?.fillRect(0, 0, 512, 512);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return [...bytes];
  });
  await mina.client.uploadAvatar(Uint8Array.from(drawn), "image/png");
  // The page's own policy refuses it.
  await sora.client.updateProfile({ avatarUrl: "https://example.org/sora.png" });
  const userIds = [await idOf(hana, mina), sora.userId];
  const roomId = await mina.client.createGroup({ title: "Walks", userIds });
  await say(mina, roomId, "one", "two");
  await say(sora, roomId, "three");
  await say(mina, roomId, "four");

  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = 0;
  await hana.context.route("**/api/users/avatars/**", async (route) => {
    held += 1;
    await released;
    await route.continue();
  });
  await hana.page.goto(`/rooms/${roomId}/details`);
  await hana.sees("four");
  await hana.page.getByTestId("member").getByText("@s.sora").waitFor();
  await eventually(() => held, "pictures are on their way").toBeGreaterThan(0);
  const initials = () =>
    hana.page
      .getByTestId("member")
      .locator("[data-testid=avatar]")
      .evaluateAll((avatars) =>
        avatars.map((avatar) => avatar.getAttribute("data-initials") ?? "picture").toSorted(),
      );
  await eventually(initials, "for all of them until then").toEqual(["H", "M", "S"]);
  await hana.page.evaluate(watchShifts);
  // What a page that has just come still puts into its place is another matter.
  await hana.page.evaluate(forgetShiftsOnceStill);
  const before = await hana.page.evaluate(places);
  release();
  await eventually(initials, "her picture is there, the other refused").toEqual([
    "H",
    "S",
    "picture",
  ]);
  const widths = () =>
    hana.page
      .locator("[data-testid=avatar] img")
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
  await eventually(widths, "wherever it stands").not.toContain(0);
  expect(await hana.page.evaluate(places)).toEqual(before);
  expect(await hana.page.evaluate(shifts)).toEqual([]);
  hana.pageErrors.length = 0;
  await Promise.all([mina.client.stop(), sora.client.stop()]);
});

/** In the page: where everything that one reads stands, and how large it is. */
function places(): string[] {
  const rows = document.querySelectorAll(
    "[data-testid=message], [data-testid=member], [data-testid=room-row], [data-testid=room-title]",
  );
  return [...rows].map((row) => {
    const { x, y, width, height } = row.getBoundingClientRect();
    return [x, y, width, height].join(" ");
  });
}

/** In the page: notes from now on what the browser itself calls a shift. */
function watchShifts(): void {
  type Shift = PerformanceEntry & { value: number; sources: readonly { node: Node | null }[] };
  const noted: string[] = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries() as Shift[]) {
      const moved = sources.map(({ node }) => {
        const element = node instanceof HTMLElement ? node : node?.parentElement;
        return element?.outerHTML.slice(0, 200);
      });
      noted.push(`${value}: ${moved.join(", ")}`);
    }
  }).observe({ type: "layout-shift" });
  Object.assign(globalThis, { noted });
}

/** In the page: resolves when nothing has moved for a second; what moved before that is not noted any more. */
function forgetShiftsOnceStill(): Promise<void> {
  const { noted } = globalThis as unknown as { noted: string[] };
  return new Promise((resolve) => {
    let [count, stillSince] = [noted.length, performance.now()];
    const timer = setInterval(() => {
      if (noted.length !== count) [count, stillSince] = [noted.length, performance.now()];
      if (performance.now() - stillSince < 1_000) return;
      clearInterval(timer);
      noted.length = 0;
      resolve();
    }, 100);
  });
}

/** In the page: those noted so far, once the browser has drawn what there is. */
function shifts(): Promise<string[]> {
  return new Promise((resolve) => {
    requestAnimationFrame(() =>
      setTimeout(() => resolve((globalThis as unknown as { noted: string[] }).noted), 100),
    );
  });
}

test("signing out asks before it deletes what was not sent; the next person finds nothing of it", async () => {
  const { url } = stage().cluster;
  const [hana, dora] = await Promise.all([
    stage().enter({ nickname: "s.out", name: "Hana" }),
    stage().enter({ nickname: "s.dora", name: "Dora" }),
  ]);
  const [mina] = await Promise.all([
    companion(url, "s.name", "Mina"),
    hana.join(),
    dora.createAccount(),
  ]);
  const { page } = hana;
  const roomId = await mina.client.createGroup({
    title: "Walks",
    userIds: [await idOf(hana, mina), await idOf(dora, mina)],
  });
  await say(mina, roomId, "hello");
  await hana.openRoom(roomId);
  await page.getByTestId("message").getByText("Mina").first().waitFor();
  await hana.goOffline();
  await hana.write("written in the tunnel");
  await hana.waitsWith("waiting", ["written in the tunnel"]);
  await hana.composer.fill("half a secret");
  await page.getByRole("link", { name: "Settings" }).click();
  await hana.button("Sign out").click();
  const question = page.getByRole("alertdialog", { name: "Sign out?" });
  const what =
    "1 message has not been sent yet, and 1 text is not finished. Signing out deletes them.";
  await question.getByText(what).waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  await hana.button("Sign out").click();
  await question.getByRole("button", { name: "Sign out" }).click();
  await page.locator("input[name=email]").waitFor();
  const kept = () =>
    page.evaluate(async () => {
      const stored = [localStorage, sessionStorage].map((storage) => JSON.stringify(storage));
      for (const { name = "" } of await indexedDB.databases()) {
        const database = await new Promise<IDBDatabase>((resolve) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => resolve(opening.result);
        });
        for (const store of database.objectStoreNames) {
          stored.push(
            await new Promise((resolve) => {
              const all = database.transaction(store).objectStore(store).getAll();
              all.onsuccess = () => resolve(JSON.stringify(all.result));
            }),
          );
        }
        database.close();
      }
      return stored.join();
    });
  await eventually(kept, "nothing of hers is stored").not.toMatch(/secret|tunnel|hello|Hana|Mina/);

  // The same page, without being loaded again: names are asked for anew.
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await mina.client.updateProfile({ name: "Minerva" });
  await page.locator("input[name=email]").fill(dora.email);
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await hana.roomRow(roomId).click();
  await page.getByTestId("message").getByText("Minerva").first().waitFor();
  expect(await hana.composer.inputValue()).toBe("");
  expect((await hana.screen()).map(({ text }) => text)).toEqual(["hello"]);
  const rows = await stage().ledger.room(roomId);
  expect(rows.filter(({ kind }) => kind === "text")).toHaveLength(1);
  await mina.client.stop();
});

test("a keyboard that lies over the page covers neither the text field nor a dialog's button", async () => {
  const hana = await stage().enter({ nickname: "s.keys", name: "Hana", hasPhone: true });
  // As on iOS, where the page keeps its height: a browser on a desk has no such keyboard.
  await hana.page.addInitScript(() => {
    const viewport = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
    Object.defineProperty(window, "visualViewport", { value: viewport });
  });
  const cover = (height: number) =>
    hana.page.evaluate((seen) => {
      Object.assign(window.visualViewport ?? {}, { height: seen });
      window.visualViewport?.dispatchEvent(new Event("resize"));
    }, height);
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "s.keys2", "Mina"),
    hana.createAccount(),
  ]);
  const roomId = await mina.client.createDirect(await idOf(hana, mina));
  await say(mina, roomId, "hello");
  await hana.page.goto(`/rooms/${roomId}`);
  await hana.sees("hello");
  const bottomOf = async (target: Locator) => {
    const box = await target.boundingBox();
    return box === null ? Number.NaN : box.y + box.height;
  };
  await cover(400);
  expect(await bottomOf(hana.button("Send"))).toBeLessThan(400);
  await cover(780);
  expect(await bottomOf(hana.button("Send"))).toBeGreaterThan(700);
  await hana.page.goto("/");
  await hana.button(hana.labels.newMessage).tap();
  const chat = hana.page.getByRole("dialog").getByRole("button", { name: "Chat", exact: true });
  await chat.waitFor();
  await cover(400);
  expect(await bottomOf(chat)).toBeLessThanOrEqual(400);
  await mina.client.stop();
});

test("Enter chooses only what answers to what has been typed", async () => {
  const { url } = stage().cluster;
  const hana = await stage().enter({ nickname: "s.enter", name: "Hana" });
  const people = await Promise.all([
    companion(url, "right.one", "Right"),
    companion(url, "wrong.one", "Wrong"),
    hana.join(),
  ]);
  await Promise.all(people.slice(0, 2).map((one) => one?.client.stop()));
  await hana.button(hana.labels.newMessage).click();
  const field = hana.page.getByRole("combobox");
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await hana.context.route("**/api/users?query=right*", async (route) => {
    await released;
    await route.continue();
  });
  await field.fill("wrong.one");
  await hana.page.locator("[data-nickname='wrong.one']").waitFor();
  await field.fill("right.one");
  await field.press("Enter");
  expect(await hana.page.getByTestId("chip").count()).toBe(0);
  release();
  await hana.page.locator("[data-nickname='right.one']").waitFor();
  await field.press("Enter");
  await hana.page.getByTestId("chip").getByText("Right").waitFor();
});

test("a browser that stores nothing, or nothing more: everything works for as long as the page is open", async () => {
  const [hana, full] = await Promise.all([
    stage().enter({ nickname: "s.private", name: "Hana" }),
    stage().enter({ nickname: "s.full", name: "Fumi" }),
  ]);
  await hana.page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("refused", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
      Object.defineProperty(window, name, { get: refuse });
    }
  });
  await full.page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    Storage.prototype.setItem = refuse;
    IDBObjectStore.prototype.put = refuse;
  });
  await Promise.all([hana.signUp(), full.signUp()]);
  await hana.startRoom(full);
  await hana.page.getByText("This browser does not let Moim store messages.").waitFor();
  await hana.write("said all the same");
  await hana.sees("said all the same");
  await full.openRoom(hana.roomId);
  await full.sees("said all the same");
  await full.write("I hear you");
  await hana.sees("I hear you");
  await full.page.getByText("This browser does not let Moim store messages.").waitFor();
  await full.composer.fill("half a thought");
  for (const { page } of [hana, full]) {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Language and appearance" }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    const scheme = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await eventually(scheme, "dark for now").toBe("dark");
    await page.getByRole("radio", { name: "한국어" }).check();
    await page.getByRole("heading", { name: "언어와 화면" }).waitFor();
  }
  await full.page.goBack();
  await full.page.goBack();
  await eventually(() => full.composer.inputValue(), "the draft").toBe("half a thought");
});
