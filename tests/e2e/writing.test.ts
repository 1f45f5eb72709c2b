import { beforeEach, expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { ARROW_UP, ENTER, playInput, RELEASED } from "./support/other-browsers.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

let hana: Person;
let roomId: string;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  hana = await stage().enter({ nickname: `y.hana${number}`, name: "Hana" });
  const [mina] = await Promise.all([
    companion(stage().cluster.url, `y.mina${number}`, "Mina"),
    hana.join(),
  ]);
  const [user] = await mina.client.searchUsers(hana.nickname);
  roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
  await say(mina, roomId, "shall we go out");
  await mina.client.stop();
  await hana.openRoom(roomId);
  await hana.sees("shall we go out");
});

const heights = () =>
  hana.composer.evaluate((field) => [field.clientHeight, field.scrollHeight] as const);

test("the field grows with what is in it, up to a limit, and with the width it has", async () => {
  const [one] = await heights();
  await hana.composer.fill("one\ntwo\nthree");
  const [three] = await heights();
  expect(three).toBeGreaterThan(one + 40);
  await hana.composer.fill("line\n".repeat(60));
  expect((await heights())[0]).toBeLessThan(400);
  await hana.composer.fill("and so on ".repeat(12));
  await hana.page.setViewportSize({ width: 390, height: 780 });
  await eventually(async () => {
    const [seen, needed] = await heights();
    return needed - seen;
  }, "all of it is seen in a narrow window").toBe(0);
  await hana.composer.fill("");
  expect((await heights())[0]).toBe(one);
});

test("letters typed after a click on a message go to the field", async () => {
  await hana.page.getByTestId("bubble").getByText("shall we go out").click();
  await hana.page.keyboard.type("yes");
  expect(await hana.composer.inputValue()).toBe("yes");
  await hana.page.keyboard.press("Enter");
  await hana.sees("yes");
});

test("an emoji is chosen beside the field, and stands where the caret was", async () => {
  await hana.composer.fill("yes, gladly");
  await hana.composer.press("Home");
  await hana.button("Emoji").click();
  const picker = hana.page.getByTestId("emoji-picker");
  await picker.getByRole("searchbox").fill("cat face");
  await picker.locator("button[data-emoji]").first().click();
  await picker.waitFor({ state: "detached" });
  // The picker keeps the focus for as long as it is there, and the field has it right after.
  const isInField = () => hana.composer.evaluate((field) => field === document.activeElement);
  await eventually(isInField, "one goes on writing").toBe(true);
  await hana.page.keyboard.type(" ");
  expect(await hana.composer.inputValue()).toMatch(/^\p{Extended_Pictographic}\S* yes, gladly$/u);
});

test("what is not sent yet can be copied and taken back, by the right button too", async () => {
  await hana.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await hana.goOffline();
  await hana.write("to the wrong room");
  await hana.waitsWith("waiting", ["to the wrong room"]);
  const bubble = hana.page.getByTestId("bubble").getByText("to the wrong room");
  await bubble.click({ button: "right" });
  const menu = hana.page.getByTestId("message-menu");
  await eventually(() => menu.getByRole("menuitem").allInnerTexts(), "what can be done").toEqual([
    "Copy text",
    "Delete",
  ]);
  await menu.getByRole("menuitem", { name: "Copy text" }).click();
  await hana.page.getByText("Copied.").waitFor();
  await bubble.click({ button: "right" });
  await menu.getByRole("menuitem", { name: "Delete" }).click();
  await hana.waitsWith("waiting", []);
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await hana.write("to this one");
  await hana.sees("to this one");
  const rows = await stage().ledger.room(roomId);
  expect(rows.filter(({ kind }) => kind === "text").map(({ text }) => text)).toEqual([
    "shall we go out",
    "to this one",
  ]);
});

test("Enter and then the arrow up at once: the message that is edited becomes nobody's draft", async () => {
  await hana.write("old one");
  await hana.sees("old one");
  await hana.composer.fill("new one");
  // Before the disk has taken what was sent.
  await playInput(hana.composer, [{ down: ENTER }, { up: RELEASED }, { down: ARROW_UP }]);
  await hana.page.locator("[data-testid=intent][data-kind=edit]").waitFor();
  expect(await hana.composer.inputValue()).toBe("old one");
  await hana.sees("new one");
  await hana.composer.press("Escape");
  expect(await hana.composer.inputValue()).toBe("");
  await hana.page.reload();
  await hana.sees("new one");
  expect(await hana.composer.inputValue()).toBe("");
});

test("two quick presses on what closes the details close the details, and no more", async () => {
  await hana.button(hana.labels.details).click();
  const details = hana.page.getByRole("complementary", { name: hana.labels.details });
  await details.getByRole("button", { name: "Close" }).evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await details.waitFor({ state: "detached" });
  await hana.page.waitForTimeout(300);
  expect(hana.roomId).toBe(roomId);
});

test("a file that is dropped on the page does not take its place", async () => {
  const isRefused = await hana.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "letter.txt", { type: "text/plain" }));
    const drop = (name: string) =>
      !document.body.dispatchEvent(
        new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }),
      );
    return [drop("dragover"), drop("drop")];
  });
  expect(isRefused).toEqual([true, true]);
  await hana.page.getByText("Files cannot be sent.").waitFor();
});
