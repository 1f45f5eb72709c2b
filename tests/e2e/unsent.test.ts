import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

test("what a room refuses says why and is kept; it is sent again, or deleted, as one chooses", async () => {
  const hana = await stage().enter({ nickname: "u.hana", name: "Hana" });
  const [mina] = await Promise.all([companion(stage().cluster.url, "u.mina", "Mina"), hana.join()]);
  const [user] = await mina.client.searchUsers("u.hana");
  const hanaId = user?.id ?? "";
  const roomId = await mina.client.createGroup({ title: "Walks", userIds: [hanaId] });
  await say(mina, roomId, "where shall we go");
  await hana.openRoom(roomId);
  await hana.goOffline();
  for (const text of ["to the sea", "to the woods", "or nowhere"]) await hana.write(text);
  await hana.waitsWith("waiting", ["to the sea", "to the woods", "or nowhere"]);

  // Taken out of the room meanwhile: nothing of it arrives, and nothing of it is lost.
  await mina.client.removeMember(roomId, hanaId);
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await hana.page.getByText("You are no longer in this chat.").waitFor();
  const kept = hana.page.getByTestId("unsent");
  const states = () => kept.evaluateAll((rows) => rows.map((row) => row.dataset.state));
  const refused = ["failed", "failed", "failed"];
  await eventually(states, "what was written is there, and refused").toEqual(refused);
  await kept.filter({ hasText: "or nowhere" }).getByRole("button", { name: "Delete" }).click();
  await eventually(() => kept.count(), "but for what was deleted").toBe(2);

  // In again: each says why it was not sent.
  await mina.client.invite(roomId, [hanaId]);
  await hana.composer.waitFor();
  await hana.waitsWith("failed", ["to the sea", "to the woods"]);
  const failed = hana.page.getByTestId("message").filter({ hasText: "Not sent" });
  expect(await failed.first().textContent()).toContain("This chat is not there any more.");
  await failed.filter({ hasText: "to the sea" }).getByRole("button", { name: "Delete" }).click();
  await hana.waitsWith("failed", ["to the woods"]);
  await failed.getByRole("button", { name: "Try again" }).click();
  await hana.sees("to the woods");
  expect(await failed.count()).toBe(0);

  const own = (await stage().ledger.room(roomId)).filter(({ senderId }) => senderId === hanaId);
  expect(own.filter(({ kind }) => kind === "text").map(({ text }) => text)).toEqual([
    "to the woods",
  ]);
  await hana.page.reload();
  await hana.sees("to the woods");
  await hana.waitsWith("failed", []);
  await mina.client.stop();
});

test("who is taken out of a room in the middle of a word finds it there, and can take it along", async () => {
  const hana = await stage().enter({ nickname: "u.word", name: "Hana" });
  const [mina] = await Promise.all([companion(stage().cluster.url, "u.noa", "Noa"), hana.join()]);
  const [user] = await mina.client.searchUsers("u.word");
  const roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
  await say(mina, roomId, "where shall we go");
  await hana.openRoom(roomId);
  await hana.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await hana.composer.fill("a long thought that is not");
  await mina.client.removeMember(roomId, user?.id ?? "");
  await hana.page.getByText("You are no longer in this chat.").waitFor();
  const kept = hana.page.getByTestId("unsent");
  await kept.getByText("a long thought that is not").waitFor();
  await kept.getByRole("button", { name: "Copy text" }).click();
  await hana.page.getByText("Copied.").waitFor();
  expect(await hana.page.evaluate(() => navigator.clipboard.readText())).toBe(
    "a long thought that is not",
  );
  await kept.getByRole("button", { name: "Delete" }).click();
  await eventually(() => kept.count(), "deleted by oneself").toBe(0);
  await mina.client.stop();
});

test("what is on its way when its room goes may have arrived: it is not deleted before that is known", async () => {
  const hana = await stage().enter({ nickname: "u.way", name: "Hana" });
  const [mina] = await Promise.all([companion(stage().cluster.url, "u.ida", "Ida"), hana.join()]);
  const [user] = await mina.client.searchUsers("u.way");
  const roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
  await say(mina, roomId, "where shall we go");
  await hana.openRoom(roomId);
  hana.cable.loseWords();
  await hana.write("over the hills");
  await hana.waitsWith("sending", ["over the hills"]);
  await mina.client.removeMember(roomId, user?.id ?? "");
  await hana.page.getByText("You are no longer in this chat.").waitFor();
  const kept = hana.page.getByTestId("unsent");
  expect(await kept.textContent()).toContain("Sending");
  const button = kept.getByRole("button", { name: "Delete" });
  expect(await button.getAttribute("aria-disabled")).toBe("true");

  hana.cable.plugIn();
  // Before, it is on its way once more, and may have arrived.
  await kept.and(hana.page.locator("[data-state=failed]")).getByText("Not sent").waitFor();
  await button.click();
  await eventually(() => kept.count(), "deleted by oneself").toBe(0);
  await mina.client.stop();
});

test("a connection that is lost is nobody's concern at first; then it is said, and that it is back", async () => {
  const hana = await stage().enter({ nickname: "u.banner", name: "Hana" });
  await hana.join();
  const { page } = hana;
  const banner = page.getByTestId("connection-banner");
  await eventually(() => banner.getAttribute("data-banner"), "nothing to say").toBe("quiet");
  // What the banner said, and how long after the loss.
  await page.evaluate(() => {
    const told: [string, number][] = [];
    const startMs = performance.now();
    const element = document.querySelector<HTMLElement>("[data-testid=connection-banner]");
    if (element === null) throw new Error("no banner");
    new MutationObserver(() => {
      told.push([element.dataset.banner ?? "", performance.now() - startMs]);
    }).observe(element, { attributes: true, attributeFilter: ["data-banner"] });
    Object.assign(window, { told });
  });
  const told = () => page.evaluate(() => (window as unknown as { told: [string, number][] }).told);
  hana.cable.plugInWithoutChat();
  await banner.getByText("Reconnecting").waitFor();
  hana.cable.plugIn();
  await banner.getByText("Connected again").waitFor();
  await eventually(() => banner.getAttribute("data-banner"), "and no more of it").toBe("quiet");
  const all = await told();
  expect(all.map(([what]) => what)).toEqual(["reconnecting", "back", "quiet"]);
  expect(all[0]?.[1], "calm").toBeGreaterThan(2_900);
});
