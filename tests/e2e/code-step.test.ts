import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAILURES, lineOf } from "./support/failing-line.ts";
import type { LanguageCode } from "./support/labels.ts";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage({ EMAIL_VERIFICATION: "on" });

/** The code that was mailed last to this person, from the log that stands for a mail server. */
async function mailedCode(person: Person, before = ""): Promise<string> {
  const newest = () => {
    const lines = readFileSync(join(stage().cluster.logFolder, "auth.log"), "utf8").split("\n");
    const mails = lines.filter((line) => line.includes(person.email));
    return /\b\d{6}\b/.exec(mails.findLast((line) => /\b\d{6}\b/.test(line)) ?? "")?.[0] ?? "";
  };
  await eventually(newest, "the mail").not.toBe(before);
  return newest();
}

async function fillIn(person: Person): Promise<void> {
  const { email, name, nickname, page } = person;
  await page.goto("/sign-up");
  for (const [field, value] of Object.entries({ email, name, nickname, password: PASSWORD })) {
    await page.locator(`input[name=${field}]`).fill(value);
  }
  await page.locator("button[type=submit]").click();
  await page.locator("input[name=code]").waitFor();
}

test("a phone drops the tab while the code is looked for: it is asked for again, the password too, nothing else", async () => {
  const hana = await stage().enter({ nickname: "v.hana", name: "Hana", hasPhone: true });
  const { page } = hana;
  await fillIn(hana);
  const code = await mailedCode(hana);
  const stored = await page.evaluate(() =>
    JSON.stringify([{ ...sessionStorage }, { ...localStorage }]),
  );
  expect(stored).not.toContain(PASSWORD);
  await page.reload();
  await page.getByText(`We have sent a six-digit code to ${hana.email}.`).waitFor();
  // Before the password: nothing is asked of the server, and the field that is missing says so.
  await page.locator("input[name=code]").fill(code);
  await page.getByText("Enter your password.").waitFor();
  const password = page.locator("input[name=password]");
  await eventually(
    () => password.evaluate((field) => field === document.activeElement),
    "and has the keyboard",
  ).toBe(true);
  await password.fill(PASSWORD);
  await password.press("Enter");
  await hana.connected();
  const rest = await page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  expect(rest, "once it is done nothing is kept").not.toContain(hana.email);
});

test("back in the form after a reload, everything but the password is there", async () => {
  const hana = await stage().enter({ nickname: "v.back", name: "Hana" });
  await fillIn(hana);
  await hana.page.reload();
  await hana.button("Back").click();
  const values = await hana.page
    .locator("main input")
    .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  expect(values).toEqual([hana.email, "Hana", "v.back", ""]);
  await hana.page.reload();
  await hana.page.locator("input[name=nickname]").waitFor();
});

test("the code: offline, too often, broken or silent, it says so in both languages, and works afterwards", async () => {
  const tryIt = async (language: LanguageCode) => {
    const person = await stage().enter({ nickname: `v.${language}`, name: "Hana", language });
    const { page } = person;
    await page.clock.install();
    const line = await lineOf(person);
    await fillIn(person);
    const code = await mailedCode(person);
    const field = page.locator("input[name=code]");
    line.watch("POST /api/auth/sign-up");
    await field.fill("000000");
    await page
      .getByText(language === "en" ? "This code is wrong or too old." : /^인증번호가 올바르지/)
      .waitFor();
    for (const [name, { sentence, begin }] of Object.entries(FAILURES)) {
      line.asked.clear();
      const end = await begin(line);
      // The sixth digit sends it; whoever presses Enter as well sends nothing more.
      await field.evaluate((element: HTMLInputElement, digits) => {
        element.value = digits;
        element.dispatchEvent(new InputEvent("input", { bubbles: true }));
        element.form?.requestSubmit();
      }, code);
      const said = page.getByText(sentence[language], { exact: true });
      await line.letTimePassUntil(async () => (await said.count()) > 0);
      await eventually(() => said.count(), `${name}: it says so in ${language}`).toBe(1);
      expect(line.asked.size, `${name}: asked once`).toBeLessThanOrEqual(1);
      expect(await field.inputValue(), `${name}: the code is kept`).toBe(code);
      await end();
    }
    await page.locator("button[type=submit]").click();
    await person.connected();
  };
  await Promise.all([tryIt("en"), tryIt("ko")]);
});

test("another code: what goes wrong with asking for it is said, and the code typed so far stays", async () => {
  const person = await stage().enter({ nickname: "v.again", name: "Hana" });
  const { page } = person;
  await page.clock.install();
  const line = await lineOf(person);
  await fillIn(person);
  line.watch("POST /api/auth/verification-codes");
  await page.locator("input[name=code]").fill("123");
  await page.clock.fastForward(61_000);
  const resend = page.getByRole("button", { name: "Send a new code" });
  line.answer = { kind: "refuse", code: "unavailable" };
  await resend.click();
  await page.getByText("The server does not answer. Please try again.").waitFor();
  expect(await page.locator("input[name=code]").inputValue()).toBe("123");
  await eventually(() => resend.isEnabled(), "it can be pressed again").toBe(true);
});

test("an account that was made though its answer was lost is one's own: whoever tries again is in", async () => {
  const hana = await stage().enter({ nickname: "v.lost", name: "Hana" });
  const { page } = hana;
  await fillIn(hana);
  const code = await mailedCode(hana);
  await page.route("**/api/auth/sign-up", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.locator("input[name=code]").fill(code);
  await page.getByText("The server does not answer. Please try again.").waitFor();
  await page.unroute("**/api/auth/sign-up");
  await page.locator("button[type=submit]").click();
  await hana.connected();
});
