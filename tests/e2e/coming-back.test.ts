import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

async function signOut(person: Person): Promise<void> {
  await person.page.getByRole("link", { name: "Settings" }).click();
  await person.button("Sign out").click();
  await person.page.locator("input[name=email]").waitFor();
}

/** Goes through the history, and says where each step ended. */
async function walk(person: Person, steps: readonly ("back" | "forward")[]): Promise<string[]> {
  const places: string[] = [];
  for (const step of steps) {
    await person.page.evaluate(
      (direction) =>
        new Promise<void>((resolve) => {
          addEventListener("popstate", () => setTimeout(resolve, 50), { once: true });
          history[direction]();
          // At the end of the history nothing happens.
          setTimeout(resolve, 1_000);
        }),
      step,
    );
    places.push(new URL(person.page.url()).pathname);
  }
  return places;
}

test("after a sign-out, back leads to signing in; the next person is never led to where the one before was", async () => {
  const [hana, dora] = await Promise.all([
    stage().enter({ nickname: "b.hana", name: "Hana" }),
    stage().enter({ nickname: "b.dora", name: "Dora" }),
  ]);
  const { page } = hana;
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "b.mina", "Mina"),
    hana.join(),
    dora.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers("b.hana");
  const roomId = await mina.client.createGroup({ title: "Secrets", userIds: [user?.id ?? ""] });
  await say(mina, roomId, "hello Hana");
  await hana.openRoom(roomId);
  await hana.sees("hello Hana");
  await hana.button(hana.labels.details).click();
  await page.getByTestId("member").getByText("@b.mina").click();
  await page.getByTestId("person-card").waitFor();
  await page.keyboard.press("Escape");
  await signOut(hana);

  const signingIn = page.getByRole("heading", { name: "Welcome back" });
  for (const step of ["back", "back", "forward"] as const) {
    await walk(hana, [step]);
    await signingIn.waitFor();
    expect(await page.getByText(/no longer in this chat|Mina|Secrets/).count()).toBe(0);
  }
  await page.locator("input[name=email]").fill(dora.email);
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await hana.connected();
  const places = await walk(hana, ["back", "back", "forward", "forward", "forward"]);
  expect(places.filter((path) => path.startsWith("/rooms"))).toEqual([]);
  expect(await page.getByText(/no longer in this chat|Mina|Secrets/).count()).toBe(0);
  await page.reload();
  await hana.connected();
  expect((await walk(hana, ["back", "back"])).join()).not.toContain(roomId);
  await mina.client.stop();
});

test("whoever was signed out against their will comes back to where they were", async () => {
  const hana = await stage().enter({ nickname: "b.late", name: "Hana" });
  const [mina] = await Promise.all([companion(stage().cluster.url, "b.noa", "Noa"), hana.join()]);
  const [user] = await mina.client.searchUsers("b.late");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "are you there");
  await hana.openRoom(roomId);
  await hana.context.clearCookies();
  await hana.page.reload();
  await hana.submitSignIn();
  await hana.sees("are you there");
  expect(hana.roomId).toBe(roomId);
  await mina.client.stop();
});

test("a profile that is half changed waits, says so, and is gone with its person", async () => {
  const hana = await stage().enter({ nickname: "b.half", name: "Hana" });
  await hana.join();
  const { page } = hana;
  const nickname = page.locator("input[name=nickname]");
  const bio = page.locator("textarea[name=bio]");
  const profile = page.getByRole("link", { name: /^Profile/ });
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await nickname.fill("b.whole");
  await bio.fill("half a tho");
  await page.getByRole("link", { name: "Password" }).click();
  await profile.getByText("Not saved yet").waitFor();
  await profile.click();
  await eventually(() => nickname.inputValue(), "from another section").toBe("b.whole");
  await page.goto("/");
  await page.getByRole("heading", { name: "Chats" }).waitFor();
  await page.goto("/settings/profile");
  await eventually(() => bio.inputValue(), "after a reload").toBe("half a tho");
  await page.getByText("This nickname is free").waitFor();
  await hana.button("Save").click();
  await page.getByText("Saved.").waitFor();
  expect(await page.getByText("Not saved yet").count()).toBe(0);
  expect(await nickname.inputValue()).toBe("b.whole");

  await bio.fill("nobody else's");
  await page.reload();
  await eventually(() => bio.inputValue(), "kept").toBe("nobody else's");
  await hana.button("Sign out").click();
  const question = page.getByRole("alertdialog", { name: "Sign out?" });
  await question.getByText("1 text is not finished. Signing out deletes it.").waitFor();
  await question.getByRole("button", { name: "Sign out" }).click();
  await page.locator("input[name=email]").waitFor();
  const stored = () =>
    page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  await eventually(stored, "gone").not.toContain("nobody else");
  await hana.submitSignIn();
  await hana.connected();
  await page.goto("/settings/profile");
  await eventually(() => bio.inputValue(), "as it was saved").toBe("half a tho");
});
