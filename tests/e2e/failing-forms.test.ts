import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { companion } from "./support/company.ts";
import { FAILURES, type Line, lineOf } from "./support/failing-line.ts";
import type { LanguageCode } from "./support/labels.ts";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const NEW_PASSWORD = "another-horse-2";

/** What a form looks like once it is filled in, and the way on when it works in the end. */
type Filled = {
  readonly button: Locator;
  /** Asks once more, where that is how it is. */
  readonly confirm?: Locator;
  /** Must still say this after each failure. */
  readonly kept: ReadonlyMap<Locator, string>;
  /** What is asked of the server, and all that is kept from it. */
  readonly asks: string;
  readonly succeeds: () => Promise<unknown>;
};
type Form = {
  readonly isGuests?: boolean;
  fill(person: Person, language: LanguageCode): Promise<Filled>;
};

async function filled(
  person: Person,
  values: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<Locator, string>> {
  const kept = new Map<Locator, string>();
  for (const [name, value] of Object.entries(values)) {
    const field = person.page.locator(`[name=${name}]`);
    await field.fill(value);
    kept.set(field, value);
  }
  return kept;
}

const submitOf = (person: Person) => person.page.locator("button[type=submit]");

/** The way that the mail to this person leads; somebody else may be mailed at the same time. */
async function resetPath(person: Person): Promise<string> {
  await person.context.request.post("/api/auth/password-resets", { data: { email: person.email } });
  const path = () => {
    const log = readFileSync(join(stage().cluster.logFolder, "auth.log"), "utf8");
    const mails = log.split("\n").filter((line) => line.includes(person.email));
    return /\/reset-password\/[A-Za-z0-9_-]+/.exec(mails.join("\n"))?.[0] ?? "";
  };
  await eventually(path, "the mail").not.toBe("");
  return path();
}

/** A group of this person and somebody who has no browser; its details are open. */
async function openDetails(person: Person): Promise<void> {
  const mina = await companion(stage().cluster.url, `m.${person.nickname}`, "Mina");
  const [user] = await mina.client.searchUsers(person.nickname);
  const roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
  await mina.client.stop();
  await person.page.goto(`/rooms/${roomId}/details`);
  await person.page.getByTestId("member").getByText("Mina").waitFor();
}

async function choosePerson(dialog: Locator, nickname: string): Promise<Locator> {
  await dialog.getByRole("combobox").fill(nickname);
  await dialog.locator(`[data-testid=person][data-nickname="${nickname}"]`).click();
  const chip = dialog.getByTestId("chip");
  await chip.first().waitFor();
  return chip;
}

const FORMS: Readonly<Record<string, Form>> = {
  "signing up": {
    isGuests: true,
    async fill(person) {
      const { email, name, nickname, page } = person;
      await page.goto("/sign-up");
      const kept = await filled(person, { email, name, nickname, password: PASSWORD });
      const succeeds = () => person.connected();
      return { button: submitOf(person), kept, asks: "POST /api/auth/sign-up", succeeds };
    },
  },
  "signing in": {
    isGuests: true,
    async fill(person) {
      await person.createAccount();
      await person.context.clearCookies();
      await person.page.goto("/sign-in");
      const kept = await filled(person, { email: person.email, password: PASSWORD });
      const succeeds = () => person.connected();
      return { button: submitOf(person), kept, asks: "POST /api/auth/sign-in", succeeds };
    },
  },
  "a forgotten password": {
    isGuests: true,
    async fill(person) {
      await person.page.goto("/forgot-password");
      const kept = await filled(person, { email: person.email });
      const asks = "POST /api/auth/password-resets";
      const succeeds = () => person.page.getByRole("status").first().waitFor();
      return { button: submitOf(person), kept, asks, succeeds };
    },
  },
  "a new password by mail": {
    isGuests: true,
    async fill(person) {
      await person.createAccount();
      await person.page.goto(await resetPath(person));
      const kept = await filled(person, { "new-password": NEW_PASSWORD });
      const asks = "PUT /api/auth/password-resets/";
      const succeeds = async () => {
        await person.page.locator("[name=new-password]").waitFor({ state: "detached" });
        const data = { email: person.email, password: NEW_PASSWORD };
        const answer = await person.context.request.post("/api/auth/sign-in", { data });
        expect(answer.status(), "the new password is good").toBe(200);
      };
      return { button: submitOf(person), kept, asks, succeeds };
    },
  },
  "the profile": {
    async fill(person) {
      await person.page.goto("/settings/profile");
      const kept = await filled(person, { name: "하나둘", bio: "Mostly asleep." });
      const button = submitOf(person);
      const succeeds = () =>
        eventually(() => button.isDisabled(), "nothing is left to save").toBe(true);
      return { button, kept, asks: "PATCH /api/users/me", succeeds };
    },
  },
  "the picture": {
    async fill(person) {
      const { page } = person;
      await page.goto("/settings/profile");
      const base64 = await page.evaluate(() => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 20 });
        canvas.getContext("2d")?.fillRect(0, 0, 40, 20);
        return canvas.toDataURL("image/png").split(",")[1] ?? "";
      });
      const buffer = Buffer.from(base64, "base64");
      const file = { name: "picture.png", mimeType: "image/png", buffer };
      await page.getByTestId("picture").setInputFiles(file);
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("slider").fill("2");
      const kept = new Map([[dialog.getByRole("slider"), "2"]]);
      const asks = "PUT /api/users/me/avatar";
      const succeeds = () => dialog.waitFor({ state: "detached" });
      return { button: dialog.getByRole("button").last(), kept, asks, succeeds };
    },
  },
  "the password": {
    async fill(person) {
      await person.page.goto("/settings/password");
      const kept = await filled(person, {
        "current-password": PASSWORD,
        "new-password": NEW_PASSWORD,
      });
      const current = person.page.locator("[name=current-password]");
      const succeeds = () => eventually(() => contentOf(current), "it is changed").toBe("");
      return { button: submitOf(person), kept, asks: "PUT /api/auth/password", succeeds };
    },
  },
  "ending other sessions": {
    async fill(person) {
      const data = { email: person.email, password: PASSWORD, tokenTransport: "body" };
      await person.context.request.post("/api/auth/sign-in", { data });
      await person.page.goto("/settings/sessions");
      const sessions = person.page.getByTestId("session");
      await eventually(() => sessions.count(), "two").toBe(2);
      const button = person.page.getByTestId("settings-section").getByRole("button").last();
      const succeeds = () => eventually(() => sessions.count(), "one is left").toBe(1);
      return { button, kept: new Map(), asks: "DELETE /api/auth/sessions", succeeds };
    },
  },
  "deleting the account": {
    async fill(person) {
      const { page } = person;
      await page.goto("/settings/delete-account");
      const kept = await filled(person, { password: PASSWORD });
      const asks = "DELETE /api/users/me";
      const confirm = page.getByRole("alertdialog").getByRole("button").last();
      const succeeds = () => page.locator("input[name=email]").waitFor();
      return { button: submitOf(person), confirm, kept, asks, succeeds };
    },
  },
  "a new room": {
    async fill(person) {
      const { page, labels } = person;
      const others = await Promise.all(
        ["k", "l"].map((letter) =>
          companion(stage().cluster.url, `${letter}.${person.nickname}`, "Mina"),
        ),
      );
      await Promise.all(others.map(({ client }) => client.stop()));
      await page.goto("/");
      await person.connected();
      await person.button(labels.newMessage).click();
      const dialog = page.getByRole("dialog");
      for (const { nickname } of others) await choosePerson(dialog, nickname);
      const title = dialog.getByRole("textbox");
      await title.fill("Walks");
      const succeeds = async () => {
        await person.composer.waitFor();
        await eventually(() => page.getByTestId("room-row").count(), "one room, not two").toBe(1);
      };
      const button = dialog.getByRole("button", { name: labels.chat, exact: true });
      return { button, kept: new Map([[title, "Walks"]]), asks: "room:create", succeeds };
    },
  },
  "an invitation": {
    async fill(person) {
      await openDetails(person);
      const sora = await companion(stage().cluster.url, `s.${person.nickname}`, "Sora");
      await sora.client.stop();
      await person.page.locator("aside ul button").first().click();
      const dialog = person.page.getByRole("dialog");
      const chip = await choosePerson(dialog, sora.nickname);
      const button = dialog.getByRole("button").last();
      const succeeds = () => person.page.getByTestId("member").getByText("Sora").waitFor();
      return { button, kept: new Map([[chip, "Sora"]]), asks: "room:invite", succeeds };
    },
  },
  "another name for a room": {
    async fill(person) {
      await openDetails(person);
      await person.page.getByRole("button", { name: /^Rename|^이름 바꾸기/ }).click();
      const kept = await filled(person, { title: "Hikes" });
      const succeeds = () =>
        person.page.getByTestId("room-title").getByText("Hikes").first().waitFor();
      const button = person.page.getByRole("dialog").locator("button[type=submit]");
      return { button, kept, asks: "room:rename", succeeds };
    },
  },
};

async function contentOf(field: Locator): Promise<string> {
  return field.evaluate((element) =>
    element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
      ? element.value
      : (element.textContent ?? "").trim(),
  );
}

/** Pressed as by somebody who is impatient: again before there can be an answer. */
async function pressTwice({ button, confirm }: Filled): Promise<void> {
  await button.evaluate((element: HTMLElement) => {
    element.click();
    element.click();
  });
  await confirm?.evaluate((element: HTMLElement) => {
    element.click();
    element.click();
  });
}

async function fails(person: Person, form: Filled, line: Line, language: LanguageCode) {
  for (const [name, { sentence, begin }] of Object.entries(FAILURES)) {
    line.asked.clear();
    const end = await begin(line);
    await pressTwice(form);
    const said = person.page.getByText(sentence[language], { exact: true });
    await line.letTimePassUntil(async () => (await said.count()) > 0);
    await eventually(() => said.count(), `${name}: it says so in ${language}`).toBeGreaterThan(0);
    expect(line.asked.size, `${name}: asked once`).toBeLessThanOrEqual(1);
    for (const [field, value] of form.kept) {
      expect(await contentOf(field), `${name}: what was filled in`).toBe(value);
    }
    await eventually(() => form.button.isEnabled(), `${name}: it can be pressed again`).toBe(true);
    await end();
  }
}

test.each(Object.entries(FORMS))(
  "%s: offline, too often, broken or silent, it says so in both languages, keeps what was typed, and works afterwards",
  async (name, form) => {
    const number = Object.keys(FORMS).indexOf(name);
    const tryIt = async (language: LanguageCode) => {
      const nickname = `f${number}.${language}`;
      const person = await stage().enter({ nickname, name: "Hana", language });
      await person.page.clock.install();
      const line = await lineOf(person);
      if (form.isGuests !== true) await person.createAccount();
      const filledIn = await form.fill(person, language);
      line.watch(filledIn.asks);
      await fails(person, filledIn, line, language);
      await pressTwice(filledIn);
      await filledIn.succeeds();
    };
    await Promise.all([tryIt("en"), tryIt("ko")]);
  },
);

test("a nickname that is taken between the question and the answer: said at the field, the rest is kept", async () => {
  const take = async (nickname: string) => {
    const thief = await companion(stage().cluster.url, nickname, "Thief");
    await thief.client.stop();
  };
  const [guest, member] = await Promise.all([
    stage().enter({ nickname: "q.guest", name: "Hana" }),
    stage().enter({ nickname: "q.member", name: "하나", language: "ko" }),
  ]);
  const signUp = async () => {
    await guest.page.goto("/sign-up");
    const { email, name, nickname } = guest;
    const kept = await filled(guest, { email: `${email}.kr`, name, nickname, password: PASSWORD });
    await guest.page.getByText("This nickname is free").waitFor();
    await take("q.guest");
    await submitOf(guest).click();
    await guest.page.getByText("Somebody has this nickname already.").waitFor();
    return kept;
  };
  const change = async () => {
    await member.createAccount();
    await member.page.goto("/settings/profile");
    const kept = await filled(member, { nickname: "q.wanted", bio: "산책" });
    await member.page.getByText("사용할 수 있는 닉네임입니다").waitFor();
    await take("q.wanted");
    await submitOf(member).click();
    await member.page.getByText("이미 사용 중인 닉네임입니다.").waitFor();
    return kept;
  };
  for (const [{ page }, kept] of await Promise.all([
    signUp().then((fields) => [guest, fields] as const),
    change().then((fields) => [member, fields] as const),
  ])) {
    for (const [field, value] of kept) expect(await contentOf(field)).toBe(value);
    await eventually(
      () => page.evaluate(() => document.activeElement?.getAttribute("name")),
      "the keyboard is where something is wrong",
    ).toBe("nickname");
  }
});
