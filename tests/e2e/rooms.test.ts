import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import { PASSWORD, type Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

async function titleOf(person: Person): Promise<string> {
  return person.page.title();
}

/** On another device of the same person: everything but that device is signed out. */
async function signOutElsewhere({ email }: Person): Promise<void> {
  const { url } = stage().cluster;
  const answer = await fetch(`${url}/api/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, tokenTransport: "body" }),
  });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  const ended = await fetch(`${url}/api/auth/sessions`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(ended.status).toBe(204);
}

test("signing in: one sentence for any wrong credential, then the messenger, also after a reload", async () => {
  const hana = await stage().enter({ nickname: "hana", name: "하나", language: "ko" });
  await hana.createAccount();
  await hana.context.clearCookies();
  await hana.page.goto("/");
  await hana.submitSignIn("wrong-horse-1");
  const alert = hana.page.getByRole("alert");
  await alert.getByText("이메일 또는 비밀번호가 잘못되었습니다.").waitFor();
  expect(hana.wire.live).toBeUndefined();
  await hana.submitSignIn();
  await hana.connected();
  await hana.page.reload();
  await hana.connected();
});

test("a group: found by search, announced to each in their language, and left after a question", async () => {
  const [mina, joon, sora] = await Promise.all([
    stage().enter({ nickname: "g.mina", name: "Mina" }),
    stage().enter({ nickname: "g.joon", name: "준이", language: "ko" }),
    stage().enter({ nickname: "g.sora", name: "소라", language: "ko" }),
  ]);
  await Promise.all([mina.join(), joon.join(), sora.join()]);
  await mina.startRoom(joon, sora);
  const { roomId } = mina;
  await mina.notices.getByText("You invited 준이 and 소라", { exact: true }).waitFor();
  await joon.openRoom(roomId);
  await joon.notices
    .getByText("Mina 님이 회원님과 소라 님을 초대했습니다.", { exact: true })
    .waitFor();
  await sora.roomRow(roomId).getByText("초대했습니다.").waitFor();
  expect(await titleOf(sora), "a notice makes nothing unread").toBe("Moim");

  await joon.button(joon.labels.details).click();
  const details = joon.page.getByRole("complementary", { name: joon.labels.details });
  const question = joon.page.getByRole("alertdialog", { name: joon.labels.leaveQuestion });
  const leave = details.getByRole("button", { name: joon.labels.leaveRoom });
  await leave.click();
  await question.getByRole("button", { name: joon.labels.cancel }).click();
  await question.waitFor({ state: "hidden" });
  expect(await joon.roomRow(roomId).count(), "not left yet").toBe(1);
  await leave.click();
  await question.getByRole("button", { name: joon.labels.leave, exact: true }).click();
  await joon.roomRow(roomId).waitFor({ state: "detached" });
  await joon.page.getByText("메시지가 없습니다.").waitFor();
  await eventually(() => new URL(joon.page.url()).pathname, "back at the list").toBe("/");

  await mina.notices.getByText("준이 left", { exact: true }).waitFor();
  await sora.openRoom(roomId);
  await sora.notices.getByText("준이 님이 채팅방을 나갔습니다.", { exact: true }).waitFor();
  await mina.write("he is gone");
  await sora.sees("he is gone");
  const kinds = (await stage().ledger.room(roomId)).map(({ kind, text }) => text ?? kind);
  expect(kinds).toEqual(["notice", "notice", "he is gone"]);
  expect(await joon.roomRow(roomId).count(), "nothing of it comes back").toBe(0);
});

test("those one talks with are offered before anything is typed, and found by the consonants of their names", async () => {
  const [mina, joon, jiwoo] = await Promise.all([
    stage().enter({ nickname: "o.mina", name: "Mina" }),
    stage().enter({ nickname: "o.joon", name: "June" }),
    stage().enter({ nickname: "o.jiwoo", name: "지우" }),
  ]);
  await Promise.all([mina.join(), joon.createAccount(), jiwoo.createAccount()]);
  for (const other of [joon, jiwoo]) {
    await mina.startRoom(other);
    await mina.write("hello");
    await mina.sees("hello");
    await mina.page.goto("/");
    await mina.connected();
  }
  await mina.button(mina.labels.newMessage).click();
  const dialog = mina.page.getByRole("dialog", { name: mina.labels.newMessage });
  const nicknames = () =>
    dialog
      .getByTestId("person")
      .evaluateAll((people) => people.map((person) => (person as HTMLElement).dataset.nickname));
  await eventually(nicknames, "the latest first").toEqual(["o.jiwoo", "o.joon"]);
  const field = dialog.getByRole("combobox");
  await field.press("Enter");
  const chat = dialog.getByRole("button", { name: mina.labels.chat, exact: true });
  expect(await chat.isDisabled(), "Enter alone chooses nobody").toBe(true);
  await field.fill("ㅈㅇ");
  await eventually(nicknames, "by the consonants").toEqual(["o.jiwoo"]);
  await field.fill("");
  await field.press("ArrowDown");
  await field.press("Enter");
  await chat.click();
  await mina.page.getByTestId("room-title").getByText("지우").waitFor();
});

test("what is unread is counted on the row and in the window's title until it is read", async () => {
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: "u.mina", name: "Mina" }),
    stage().enter({ nickname: "u.joon", name: "June" }),
  ]);
  await Promise.all([mina.join(), joon.join()]);
  await mina.startRoom(joon);
  await mina.write("one");
  await mina.write("two");
  const pill = joon.roomRow(mina.roomId).getByTestId("unread");
  await pill.getByText("2 unread messages").waitFor({ state: "attached" });
  await eventually(() => titleOf(joon), "the title counts").toBe("(2) Moim");
  const icon = async () =>
    decodeURIComponent((await joon.page.locator("link[rel=icon]").getAttribute("href")) ?? "");
  await eventually(icon, "so does the icon").toMatch(/^data:image.*>2<\/text>/s);

  // Known to the server: it is still so after a reload.
  await joon.page.reload();
  await pill.getByText("2 unread messages").waitFor({ state: "attached" });
  await joon.openRoom(mina.roomId);
  await joon.sees("two");
  await pill.waitFor({ state: "detached" });
  await eventually(() => titleOf(joon), "the title counts no more").toBe("Moim");
  await eventually(icon, "nor does the icon").toBe("/icon.svg");
  await mina.write("three");
  await joon.sees("three");
  const { roomId } = mina;
  const newest = async () => (await stage().ledger.room(roomId)).at(-1)?.seq;
  const readUpTo = () => stage().ledger.readSeq(roomId, joon.nickname);
  await eventually(readUpTo, "an open room is read at once").toBe(await newest());
  await eventually(() => titleOf(joon), "nothing of it is counted").toBe("Moim");
});

test("signed out on another device: the page says so and shows nothing of the messenger", async () => {
  const hana = await stage().enter({ nickname: "s.hana", name: "Hana" });
  await hana.join();
  await signOutElsewhere(hana);
  const message = hana.page.getByRole("status").getByText("You were signed out");
  await message.waitFor();
  expect(await hana.button(hana.labels.newMessage).count()).toBe(0);
  await hana.submitSignIn();
  await hana.connected();
});

test("days and times are those of each reader's own clock", async () => {
  // More than a day apart: never the same date.
  const [west, east] = ["Pacific/Pago_Pago", "Pacific/Kiritimati"];
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: "z.mina", name: "Mina", timeZone: west }),
    stage().enter({ nickname: "z.joon", name: "June", timeZone: east }),
  ]);
  await Promise.all([mina.join(), joon.join()]);
  await mina.startRoom(joon);
  await mina.write("good morning");
  await mina.sees("good morning");
  await joon.openRoom(mina.roomId);
  await joon.sees("good morning");
  const message = mina.page.getByTestId("message");
  const saidAt = Date.parse((await message.locator("time").getAttribute("datetime")) ?? "");
  for (const [person, timeZone] of [
    [mina, west],
    [joon, east],
  ] as const) {
    const written = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat("en", { ...options, timeZone }).format(saidAt);
    const timeline = person.page.getByTestId("timeline");
    expect(await timeline.locator("[data-drifts] time").allTextContents(), timeZone).toEqual([
      written({ year: "numeric", month: "long", day: "numeric", weekday: "long" }),
    ]);
    const time = (await timeline.getByTestId("message").locator("time").textContent())?.trim();
    expect(time, timeZone).toBe(written({ hour: "numeric", minute: "2-digit" }));
  }
});
