import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** A conversation with somebody of this name, who has said these lines. */
async function roomWith(hana: Person, nickname: string, name: string, ...lines: string[]) {
  const other = await companion(stage().cluster.url, nickname, name);
  const [user] = await other.client.searchUsers(hana.nickname);
  const roomId = await other.client.createDirect(user?.id ?? "");
  await say(other, roomId, ...lines);
  await other.client.stop();
  return roomId;
}

test("what is typed right after Ctrl+K goes where one looks for a room, though no script arrives any more", async () => {
  const hana = await stage().enter({ nickname: "c.hana", name: "Hana" });
  const { page } = hana;
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => undefined }),
  );
  await hana.join();
  const withJoon = await roomWith(hana, "c.joon", "Joon", "hello");
  const withSora = await roomWith(hana, "c.sora", "Sora", "hello");
  await hana.openRoom(withJoon);
  await hana.roomRow(withSora).getByText("Sora").waitFor();
  await page.route("**/assets/*.js", () => undefined);
  await hana.composer.focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Sora");
  await page.keyboard.press("Enter");
  await eventually(() => hana.roomId, "the other room").toBe(withSora);
  await hana.composer.waitFor();
  expect(await hana.composer.inputValue()).toBe("");
  const said = (await stage().ledger.room(withJoon)).map(({ text }) => text);
  expect(said, "nothing of it has become a message").toEqual(["hello"]);
  await page.goBack();
  await eventually(() => hana.roomId, "where one was").toBe(withJoon);
  await eventually(() => hana.composer.inputValue(), "nor a draft").toBe("");
});
