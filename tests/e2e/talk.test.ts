import { beforeEach, expect, test } from "vitest";
import { InputMethod } from "./support/input-method.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

let mina: Person;
let joon: Person;
let sara: Person;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  [mina, joon, sara] = await Promise.all([
    stage().enter({ nickname: `mina${number}`, name: "Mina" }),
    stage().enter({ nickname: `joon${number}`, name: "준이", language: "ko" }),
    stage().enter({ nickname: `sara${number}`, name: "Sara" }),
  ]);
  await Promise.all([mina.join(), joon.join(), sara.join()]);
  await mina.startRoom(joon, sara);
});

const row = (person: Person, text: string) =>
  person.page.getByTestId("message").filter({ hasText: text });

async function seqOf(person: Person, text: string): Promise<number> {
  await person.sees(text);
  return Number(await row(person, text).getAttribute("data-seq"));
}

test("replies lead to what they answer; edits, deletions and reactions reach everybody", async () => {
  await mina.write("shall we meet on saturday");
  await joon.openRoom(mina.roomId);
  const question = await seqOf(joon, "shall we meet on saturday");

  await joon.actOn(question, "답장");
  await joon.write("좋아요");
  const quote = row(mina, "좋아요").getByTestId("quote");
  await eventually(() => quote.textContent(), "the quote").toContain("shall we meet on saturday");
  await quote.click();
  await mina.page.locator(`[data-seq="${question}"][data-highlighted]`).waitFor();
  const asked = mina.page.locator(`[data-testid=message][data-seq="${question}"]`);

  // The arrow up edits the last own message; Esc lets it be, and brings the draft back.
  await mina.composer.fill("");
  await mina.composer.press("ArrowUp");
  expect(await mina.composer.inputValue()).toBe("shall we meet on saturday");
  await mina.composer.press("Escape");
  expect(await mina.composer.inputValue()).toBe("");
  await mina.composer.press("ArrowUp");
  await mina.write("shall we meet on sunday");
  const edited = joon.page.locator(`[data-testid=message][data-seq="${question}"]`);
  await eventually(() => edited.textContent(), "the mark").toContain("수정됨");
  await eventually(
    () => row(joon, "좋아요").getByTestId("quote").textContent(),
    "the quote follows",
  ).toContain("sunday");

  await joon.actOn(question, "👍 공감하기");
  const reaction = asked.getByTestId("reaction");
  await eventually(() => reaction.getAttribute("aria-label"), "who reacted").toBe("👍 1: 준이");
  await reaction.click();
  await eventually(() => reaction.textContent(), "both").toContain("2");
  expect(await reaction.getAttribute("aria-pressed")).toBe("true");
  await reaction.click();
  await eventually(() => reaction.textContent(), "one again").toContain("1");

  // Others may not edit it, nor delete it unless the room is theirs; the owner may delete.
  await joon.page.locator(`[data-seq="${question}"] [data-testid=bubble]`).hover();
  await joon.page.getByTestId("message-toolbar").getByRole("button").last().click();
  const items = joon.page.getByTestId("message-menu").getByRole("menuitem");
  await items.getByText("답장").waitFor();
  const offered = await items.allInnerTexts();
  expect(offered).toContain("답장");
  expect(offered).not.toContain("삭제");
  expect(offered).not.toContain("수정");
  await joon.page.keyboard.press("Escape");
  await sara.openRoom(mina.roomId);
  await sara.sees("shall we meet on sunday");
  await mina.actOn(await seqOf(mina, "좋아요"), "Delete");
  await mina.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await row(joon, "삭제된 메시지입니다.").waitFor();
  await row(mina, "Deleted message").waitFor();
  await row(sara, "Deleted message").waitFor();
  expect(await row(sara, "좋아요").count()).toBe(0);

  // An answer from right to left stays so, whatever it answers.
  await sara.actOn(question, "Reply");
  await sara.write("בסדר, ביום ראשון");
  const answer = row(mina, "בסדר").getByTestId("bubble");
  await eventually(
    () => answer.evaluate((bubble) => getComputedStyle(bubble).direction),
    "its direction",
  ).toBe("rtl");
});

test("emoji by themselves are drawn large, beside words they are not", async () => {
  const heightOf = async (text: string) => {
    await mina.write(text);
    await mina.sees(text);
    const size = row(mina, text)
      .last()
      .getByTestId("bubble")
      .evaluate((bubble) => Number.parseFloat(getComputedStyle(bubble).fontSize));
    return size;
  };
  const words = await heightOf("well done");
  expect(await heightOf("👏👏🏽 👨‍👩‍👧")).toBeGreaterThan(2 * words);
  expect(await heightOf("well done 🎉")).toBe(words);
});

test("each message says how many have not read it, live; only what was seen is read", async () => {
  await mina.write("who has read this");
  const unread = row(mina, "who has read this").getByTestId("not-read-by");
  await eventually(() => unread.textContent(), "two have not").toContain("2");
  await joon.openRoom(mina.roomId);
  await eventually(() => unread.textContent(), "one has not").toContain("1");
  const seenByJoon = row(joon, "who has read this").getByTestId("not-read-by");
  await eventually(() => seenByJoon.textContent(), "sara has not").toContain("1");
  await sara.openRoom(mina.roomId);
  await eventually(() => unread.count(), "all have").toBe(0);
  await eventually(() => seenByJoon.count(), "all have, for joon too").toBe(0);
  const delivery = row(mina, "who has read this").getByTestId("delivery");
  expect(await delivery.getAttribute("aria-label")).toBe("Read");
});

test("who is writing is said, and who is online", async () => {
  await mina.write("hello");
  await Promise.all([joon.openRoom(mina.roomId), sara.openRoom(mina.roomId)]);
  const typing = joon.page.getByTestId("typing");
  // Told now and then only, and forgotten when it is not repeated: so they go on typing.
  const seen = (...writers: Person[]) =>
    eventually(async () => {
      for (const writer of writers) await writer.composer.press("x");
      return typing.textContent();
    }, "who is writing");
  await seen(mina).toContain("Mina 님이 입력 중");
  await seen(mina, sara).toMatch(/(Mina, Sara|Sara, Mina) 님이 입력 중/);
  await mina.composer.press("Enter");
  await eventually(() => typing.textContent(), "said").not.toContain("Mina");
  await joon.page.getByRole("button", { name: "상세 정보" }).click();
  const online = joon.page.getByTestId("member").getByTestId("online");
  await eventually(() => online.count(), "the two others").toBe(2);
});

test("an @ offers members; Enter chooses, in a Hangul composition too, and sends nothing", async () => {
  await mina.write("hello");
  await joon.openRoom(mina.roomId);
  await joon.composer.pressSequentially("@");
  const options = joon.page.getByTestId("mentions").getByRole("option");
  await eventually(() => options.count(), "the others").toBe(2);
  await joon.composer.press("Escape");
  expect(await options.count()).toBe(0);
  await joon.composer.fill("");
  await joon.composer.pressSequentially("hi @sa");
  await eventually(() => options.count(), "one").toBe(1);
  await joon.composer.press("Tab");
  expect(await joon.composer.inputValue()).toBe(`hi @${sara.nickname} `);
  await joon.composer.press("Enter");
  await joon.sees(`hi @${sara.nickname} `);

  const inputMethod = await InputMethod.of(mina.page);
  await mina.composer.pressSequentially("@");
  await inputMethod.compose("ㅈ", "주", "준");
  const suggested = mina.page.getByTestId("mentions").getByRole("option");
  await eventually(() => suggested.count(), "the one called so").toBe(1);
  await inputMethod.enterTaken();
  await inputMethod.commit("준");
  await inputMethod.enterPassedOn();
  await inputMethod.enterReleased();
  await eventually(() => mina.composer.inputValue(), "chosen").toBe(`@${joon.nickname} `);
  await mina.composer.press("Enter");
  await joon.sees(`@${joon.nickname} `);
  expect((await mina.screen()).filter(({ isOwn }) => isOwn)).toHaveLength(2);
  expect(await row(joon, `@${joon.nickname}`).getByTestId("mention").count()).toBe(1);
});

test("search finds what was said long ago and leads there; by keyboard alone", async () => {
  await mina.write("the red umbrella is at the station");
  await mina.sees("the red umbrella is at the station");
  const { roomId } = mina;
  await mina.page.goto("about:blank");
  await stage().ledger.fill(roomId, 2_000);
  await mina.page.goto(`/rooms/${roomId}`);
  await mina.composer.waitFor();
  await mina.button("Search this chat").click();
  const held = () => mina.page.evaluate(() => document.activeElement?.tagName);
  await eventually(held, "the field has the keyboard").toBe("INPUT");
  await mina.page.keyboard.type("umbrella");
  // At once: it leads there as soon as it is found.
  await mina.page.keyboard.press("Enter");
  const led = mina.page.locator("[data-testid=message][data-highlighted]");
  await led.filter({ hasText: "the red umbrella" }).waitFor();
  await mina.page.keyboard.press("Escape");
  expect(await mina.page.getByTestId("message-search").count()).toBe(0);

  // From what answers it, too, where it is far from being loaded.
  const found = await seqOf(mina, "the red umbrella is at the station");
  await mina.actOn(found, "Reply");
  await mina.write("found it");
  await mina.sees("found it");
  await mina.page.reload();
  await mina.sees("found it");
  const target = mina.page.locator(`[data-testid=message][data-seq="${found}"]`);
  expect(await target.count(), "what was found is not loaded").toBe(0);
  await row(mina, "found it").getByTestId("quote").click();
  await mina.page.locator(`[data-seq="${found}"][data-highlighted]`).waitFor();
  const view = await mina.page.getByTestId("timeline").boundingBox();
  const box = await target.boundingBox();
  expect(box !== null && view !== null && box.y >= view.y && box.y < view.y + view.height).toBe(
    true,
  );

  // From the messages: arrows, the menu, an emoji out of all of them, back to writing.
  await mina.page.getByTestId("timeline").focus();
  await mina.page.keyboard.press("ArrowDown");
  await mina.page.keyboard.press("Enter");
  await mina.page.getByRole("menuitem", { name: "More emoji" }).press("Enter");
  await mina.page.getByTestId("emoji-picker").locator("button").first().waitFor();
  await mina.page.keyboard.type("umbrella");
  const umbrella = mina.page.getByTestId("emoji-picker").getByRole("button", { name: /umbrella/ });
  await umbrella.first().waitFor();
  await mina.page.keyboard.press("Enter");
  await mina.page.getByTestId("reaction").waitFor();
  await mina.page.keyboard.press("Escape");
  await eventually(
    () => mina.page.evaluate(() => document.activeElement?.tagName),
    "back in the field",
  ).toBe("TEXTAREA");
});

test("what looks like markup, or like another address, is read, and runs nothing", async () => {
  await mina.write("hello");
  await joon.openRoom(mina.roomId);
  const texts = [
    `<img src=x onerror="document.title='run'"><svg onload="document.title='run'">`,
    "<script>document.title='run'</script>{{7*7}}",
    "javascript:document.title='run' data:text/html,<script>1</script>",
    "https://bank.example@evil.example/ and https://example.org/\"onclick=\"document.title='run'",
  ];
  for (const text of texts) {
    await mina.write(text);
    await joon.sees(text);
  }
  for (const { page } of [mina, joon]) {
    const timeline = page.getByTestId("message");
    const made = timeline.locator("img[src=x], svg[onload], script, [onclick], [onerror]");
    expect(await made.count()).toBe(0);
    const links = timeline.locator("a[href]");
    const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    expect(hrefs).toEqual(["https://example.org/"]);
    expect(await page.title()).not.toContain("run");
  }
});
