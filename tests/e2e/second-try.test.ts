import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { lineOf } from "./support/failing-line.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const UNANSWERED = "The server does not answer. Please try again.";

async function roomWith(person: Person, nickname: string): Promise<string> {
  const mina = await companion(stage().cluster.url, nickname, "Mina");
  const [user] = await mina.client.searchUsers(person.nickname);
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await mina.client.stop();
  return roomId;
}

test("an edit that is refused is back in the field, changed as it was, and can be sent again", async () => {
  const hana = await stage().enter({ nickname: "t.hana", name: "Hana" });
  const line = await lineOf(hana);
  await hana.join();
  const roomId = await roomWith(hana, "t.mina");
  await hana.openRoom(roomId);
  await hana.write("see you at ten");
  await hana.sees("see you at ten");
  line.watch("message:edit");
  line.answer = { kind: "refuse", code: "unavailable" };
  await hana.composer.press("ArrowUp");
  await hana.composer.fill("see you at noon");
  await hana.composer.press("Enter");
  await hana.page.getByText(UNANSWERED).waitFor();
  await hana.page.locator("[data-testid=intent][data-kind=edit]").waitFor();
  expect(await hana.composer.inputValue()).toBe("see you at noon");
  line.answer = { kind: "pass" };
  await hana.composer.press("Enter");
  await hana.sees("see you at noon");
  expect(await hana.composer.inputValue()).toBe("");
});

test("an edit that is refused while something else is typed waits beside it", async () => {
  const hana = await stage().enter({ nickname: "t.other", name: "Hana" });
  await hana.page.clock.install();
  await hana.join();
  // Whoever reloads without a network is served by it.
  await hana.page.evaluate(() => navigator.serviceWorker.ready);
  const roomId = await roomWith(hana, "t.joon");
  await hana.openRoom(roomId);
  await hana.write("see you at ten");
  await hana.sees("see you at ten");
  await hana.goOffline();
  await hana.page.locator("[data-testid=connection-banner][data-banner=offline]").waitFor();
  // The page's time stands still, so that nothing is given up before it has been looked at.
  await hana.page.clock.pauseAt(await hana.page.evaluate(() => Date.now() + 10_000));
  await hana.composer.press("ArrowUp");
  await hana.composer.fill("see you at noon");
  await hana.composer.press("Enter");
  await hana.sees("see you at noon");
  const state = hana.page.getByTestId("message").last().getByTestId("delivery");
  expect(await state.getAttribute("aria-label"), "on its way").toBe("Sending");
  await hana.composer.pressSequentially("and bring");
  await hana.page.clock.resume();
  const refused = hana.page.getByTestId("refused-edit");
  await refused.getByText("see you at noon").waitFor();
  await hana.sees("see you at ten");
  expect(await hana.composer.inputValue(), "undisturbed").toBe("and bring");
  await hana.page.reload();
  await refused.getByText("see you at noon").waitFor();
  expect(await hana.composer.inputValue(), "nor by a reload").toBe("and bring");
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await refused.getByRole("button", { name: "Edit on" }).click();
  expect(await hana.composer.inputValue()).toBe("see you at noon");
  await hana.composer.press("Enter");
  await hana.sees("see you at noon");
  expect(await refused.count()).toBe(0);
  expect(await hana.composer.inputValue(), "where one was").toBe("and bring");
});

test("an edit that was taken though nobody said so is not called refused, however far back it is", async () => {
  const hana = await stage().enter({ nickname: "t.taken", name: "Hana" });
  await hana.join();
  const roomId = await roomWith(hana, "t.ida");
  await hana.openRoom(roomId);
  await hana.write("see you at ten");
  await hana.sees("see you at ten");
  hana.cable.loseAnswers();
  await hana.composer.press("ArrowUp");
  await hana.composer.fill("see you at noon");
  await hana.composer.press("Enter");
  const stored = async () => (await stage().ledger.room(roomId)).map(({ text }) => text);
  await eventually(stored, "taken").toContain("see you at noon");
  const kept = () => hana.page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  expect(await kept(), "under way").toContain("see you at noon");
  await hana.page.goto("about:blank");
  await stage().ledger.fill(roomId, 1_116);
  await stage().ledger.markAllRead(roomId);
  hana.cable.plugIn();
  await hana.page.goto(`/rooms/${roomId}`);
  await hana.sees("line 1116");
  await hana.composer.waitFor();
  const refused = hana.page.getByTestId("refused-edit");
  await eventually(() => refused.count(), "it was taken").toBe(0);
  expect(await kept()).not.toContain("see you at noon");
  expect((await hana.screen()).map(({ text }) => text)).not.toContain("see you at noon");
  // Nothing is unfinished: no question is asked.
  await hana.page.getByRole("link", { name: "Settings" }).click();
  await hana.button("Sign out").click();
  await hana.page.locator("input[name=email]").waitFor();
});

test("what is copied is told as good news, what could not be copied as bad", async () => {
  const hana = await stage().enter({ nickname: "t.copy", name: "Hana" });
  await hana.join();
  await hana.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const roomId = await roomWith(hana, "t.noa");
  await hana.openRoom(roomId);
  await hana.sees("hello");
  const seq = (await hana.screen()).find(({ text }) => text === "hello")?.seq ?? 0;
  await hana.actOn(seq, "Copy text");
  const toasts = hana.page.getByRole("status").locator("p");
  const told = async () =>
    toasts.evaluateAll((all) =>
      all.map((toast) => [
        toast.textContent?.trim(),
        toast.querySelector("svg") === null ? "good" : "bad",
      ]),
    );
  await eventually(told, "copied").toEqual([["Copied.", "good"]]);
  expect(await hana.page.evaluate(() => navigator.clipboard.readText())).toBe("hello");
  await toasts.waitFor({ state: "detached" });
  await hana.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  await hana.actOn(seq, "Copy text");
  await eventually(told, "not copied").toEqual([
    ["The browser does not allow copying here.", "bad"],
  ]);
});

test("a list of devices that does not come says so, and is asked for again", async () => {
  const hana = await stage().enter({ nickname: "t.list", name: "Hana" });
  const line = await lineOf(hana);
  await hana.join();
  line.watch("GET /api/auth/sessions");
  line.answer = { kind: "refuse", code: "unavailable" };
  await hana.page.goto("/settings/sessions");
  await hana.page.getByRole("alert").getByText("The list could not be loaded.").waitFor();
  line.answer = { kind: "pass" };
  await hana.button("Try again").click();
  await hana.page.getByTestId("session").getByText("This device").waitFor();
});
