import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const NEW_PASSWORD = "another-horse-2";
/** Meets every rule, and is on the server's list. */
const COMMON_PASSWORD = "P@ssw0rd";

/** The way that the mail of a reset leads, as the log that stands for a mail server has it. */
function resetPath(): string {
  const log = readFileSync(join(stage().cluster.logFolder, "auth.log"), "utf8");
  return /\/reset-password\/[A-Za-z0-9_-]+/.exec(log)?.[0] ?? "";
}

test("a forgotten password: a link by mail, a new password, and every session ends", async () => {
  const [hana, elsewhere] = await Promise.all([
    stage().enter({ nickname: "w.hana", name: "Hana" }),
    stage().enter({ nickname: "w.hana", name: "Hana" }),
  ]);
  await hana.join();
  const { page } = elsewhere;
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.locator("input[name=email]").fill("nobody at all");
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByText("This is not a complete email address.").waitFor();
  await page.locator("input[name=email]").fill("nobody@example.org");
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByText("If there is an account for nobody@example.org").waitFor();
  await page.getByRole("button", { name: "Use another address" }).click();
  await page.locator("input[name=email]").fill(hana.email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByText(`If there is an account for ${hana.email}`).waitFor();
  await eventually(resetPath, "the mail").not.toBe("");

  await page.goto(resetPath());
  const field = page.locator("input[name=new-password]");
  await field.fill("weak");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Please meet all four points below.").waitFor();
  await field.fill(COMMON_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Too many people use this password.").waitFor();
  await field.fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("heading", { name: "Your password is changed" }).waitFor();
  await hana.page.getByText("You were signed out").waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.submitSignIn(NEW_PASSWORD);
  await elsewhere.connected();

  await hana.page.goto(resetPath());
  await hana.page.locator("input[name=new-password]").fill("yet-another-3!");
  await hana.button("Change password").click();
  await hana.page.getByRole("heading", { name: "This link works no more" }).waitFor();
  expect(elsewhere.wire.live, "who has the new password stays signed in").toBeDefined();
});

test("a password that everybody tries first: sign-up says so at the field, before anything else", async () => {
  const { page, email } = await stage().enter({ nickname: "w.common", name: "Common" });
  await page.goto("/sign-up");
  const fields = { email, name: "Common", nickname: "w.common", password: COMMON_PASSWORD };
  for (const [field, value] of Object.entries(fields)) {
    await page.locator(`input[name=${field}]`).fill(value);
  }
  await page.locator("button[type=submit]").click();
  await page.getByText("Too many people use this password.").waitFor();
  await page.locator("input[name=password]").fill(NEW_PASSWORD);
  await page.getByText("Too many people use this password.").waitFor({ state: "detached" });
});
