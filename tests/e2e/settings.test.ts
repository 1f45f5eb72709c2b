import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const NEW_PASSWORD = "another-horse-2";

/** A picture of 40 × 20 pixels, drawn by the browser itself. */
async function drawnPicture(person: Person): Promise<Buffer> {
  const base64 = await person.page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 40;
    canvas.height = 20;
    const context = canvas.getContext("2d");
    if (context) {
      context.fillStyle = "#c33";
      context.fillRect(0, 0, 40, 20);
    }
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  return Buffer.from(base64, "base64");
}

async function openSettings(person: Person, section: string): Promise<void> {
  const { page } = person;
  if (!new URL(page.url()).pathname.startsWith("/settings")) {
    await page.getByRole("link", { name: "Settings" }).click();
  }
  await page.getByRole("navigation", { name: "Settings" }).getByText(section).click();
  await page.getByRole("heading", { name: section }).waitFor();
}

test("the profile: checked while typing, with a picture, and seen by others", async () => {
  const [hana, mina] = await Promise.all([
    stage().enter({ nickname: "p.hana", name: "Hana" }),
    stage().enter({ nickname: "p.mina", name: "Mina" }),
  ]);
  await Promise.all([hana.join(), mina.createAccount()]);
  await openSettings(hana, "Profile");
  const { page } = hana;
  const save = hana.button("Save");
  expect(await save.isDisabled(), "nothing has changed").toBe(true);
  await page.locator("input[name=nickname]").fill("P.Mina");
  await page.getByText("Somebody has this nickname already.").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await page.locator("input[name=nickname]").fill("p.hana2");
  await page.getByText("This nickname is free").waitFor();
  await page.locator("input[name=name]").fill("하나");
  await page.locator("textarea[name=bio]").fill("Mostly asleep.\nSometimes 🐈");
  await save.click();
  await page.getByText("Saved.").waitFor();

  await page.getByTestId("picture").setInputFiles({
    name: "picture.png",
    mimeType: "image/png",
    buffer: await drawnPicture(hana),
  });
  const dialog = page.getByRole("dialog", { name: "Your picture" });
  await dialog.getByRole("slider").fill("2");
  await dialog.getByRole("img").press("ArrowRight");
  await dialog.getByRole("button", { name: "Use this picture" }).click();
  await dialog.waitFor({ state: "detached" });
  const picture = page.getByTestId("settings-section").locator("img");
  await eventually(() => picture.getAttribute("src"), "the picture").toContain("/api/users/");
  await eventually(
    () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
    "it is shown",
  ).toBeGreaterThan(0);

  await mina.page.goto("/");
  await mina.connected();
  await mina.button(mina.labels.newMessage).click();
  const search = mina.page.getByRole("dialog", { name: mina.labels.newMessage });
  await search.getByRole("combobox").fill("p.hana2");
  const found = search.getByRole("option", { name: "하나" });
  await found.locator("img").waitFor();

  await page.reload();
  await hana.page.getByRole("heading", { name: "Profile" }).waitFor();
  expect(await page.locator("textarea[name=bio]").inputValue()).toBe(
    "Mostly asleep.\nSometimes 🐈",
  );
  await hana.button("Remove").click();
  await picture.waitFor({ state: "detached" });
});

/** Another device of the same person. */
async function secondDevice(person: Person): Promise<Person> {
  const device = await stage().enter({ nickname: person.nickname, name: person.name });
  await device.page.goto("/");
  await device.submitSignIn();
  await device.connected();
  return device;
}

test("sessions: all are listed, one is ended, and a changed password ends the others", async () => {
  const hana = await stage().enter({ nickname: "d.hana", name: "Hana" });
  await hana.join();
  const [phone, tablet] = [await secondDevice(hana), await secondDevice(hana)];
  await openSettings(hana, "Signed-in devices");
  const sessions = hana.page.getByTestId("session");
  await eventually(() => sessions.count(), "this device and two others").toBe(3);
  await sessions.first().getByText("This device").waitFor();
  await sessions.last().getByRole("button", { name: "Sign out" }).click();
  await eventually(() => sessions.count(), "one is ended").toBe(2);
  const signedOut = (device: Person) => device.page.getByText("You were signed out").count();
  await eventually(
    async () => (await signedOut(phone)) + (await signedOut(tablet)),
    "one of the two says so",
  ).toBe(1);

  await openSettings(hana, "Password");
  await hana.page.locator("input[name=current-password]").fill("not-my-horse-1");
  await hana.page.locator("input[name=new-password]").fill(NEW_PASSWORD);
  const change = hana.button("Change password");
  await change.click();
  await hana.page.getByText("This is not your password.").waitFor();
  await hana.page.locator("input[name=current-password]").fill(PASSWORD);
  await hana.page.locator("input[name=new-password]").fill("P@ssw0rd");
  await change.click();
  await hana.page.getByText("Too many people use this password.").waitFor();
  await hana.page.locator("input[name=new-password]").fill(NEW_PASSWORD);
  await change.click();
  await hana.page.getByText("Your password is changed.").waitFor();
  await eventually(
    async () => (await signedOut(phone)) + (await signedOut(tablet)),
    "both say so",
  ).toBe(2);
  await phone.submitSignIn();
  await phone.page.getByText("The email or password is wrong.").waitFor();
  await phone.submitSignIn(NEW_PASSWORD);
  await phone.connected();
  expect(hana.wire.live, "the device that changed it stays").toBeDefined();
});

test("a deleted account: after a warning and the password, and nameless for others", async () => {
  const [hana, mina] = await Promise.all([
    stage().enter({ nickname: "x.hana", name: "Hana" }),
    stage().enter({ nickname: "x.mina", name: "Mina" }),
  ]);
  await Promise.all([hana.join(), mina.join()]);
  await hana.startRoom(mina);
  await hana.write("remember me");
  await mina.roomRow(hana.roomId).getByText("Hana").waitFor();
  await openSettings(hana, "Delete account");
  const section = hana.page.getByTestId("settings-section");
  await section.getByText("This cannot be undone.").waitFor();
  const erase = async (password: string) => {
    await section.locator("input[name=password]").fill(password);
    await section.getByRole("button", { name: "Delete account" }).click();
    const question = hana.page.getByRole("alertdialog", { name: "Delete your account?" });
    await question.getByRole("button", { name: "Delete account" }).click();
  };
  await erase("not-my-horse-1");
  await section.getByText("This is not your password.").waitFor();
  await erase(PASSWORD);
  await hana.page.locator("input[name=email]").waitFor();
  await hana.submitSignIn();
  await hana.page.getByText("The email or password is wrong.").waitFor();

  await mina.page.reload();
  await mina.page.getByTestId("room-row").getByText("Deleted user").waitFor();
  await mina.page.getByTestId("room-row").click();
  await mina.sees("remember me");
});

test("what is chosen for this device stays: language, theme, what Enter means", async () => {
  const hana = await stage().enter({ nickname: "c.hana", name: "Hana" });
  await hana.join();
  await openSettings(hana, "Language and appearance");
  const { page } = hana;
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByRole("radio", { name: /^Breaks the line/ }).check();
  await page.getByRole("radio", { name: "한국어" }).check();
  await page.getByRole("heading", { name: "언어와 화면" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "언어와 화면" }).waitFor();
  expect(await page.getByRole("radio", { name: "다크" }).isChecked()).toBe(true);
  expect(await page.getByRole("radio", { name: /^줄 바꾸기/ }).isChecked()).toBe(true);
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe(
    "dark",
  );
});
