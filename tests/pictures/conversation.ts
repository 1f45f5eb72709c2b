import type { OpenRoom } from "@moim/client";
import { type Companion, companion, say } from "../e2e/support/company.ts";
import { lineOf } from "../e2e/support/failing-line.ts";
import { PASSWORD, type Person } from "../e2e/support/person.ts";
import type { Stage } from "../e2e/support/stage.ts";

/**
 * `extreme`: everything that is longer, more, or other than usual. `refusing`: where something was not
 * sent.
 */
export type Scenery = { direct: string; group: string; extreme: string; refusing: string };

const BIOS: Record<string, string> = {
  minjun: "산책과 필름 카메라.\n주말에는 북한산에 있습니다.",
  seoyeon: "책을 읽고, 가끔 번역합니다.",
};

/** The one who looks comes in, and finds people and what they have been talking about. */
export async function enterScenery(stage: Stage, viewer: Person): Promise<Scenery> {
  const line = await lineOf(viewer);
  await viewer.join();
  const scenery = await furnish(stage, viewer);
  await viewer.openRoom(scenery.refusing);
  line.watch("message:send");
  line.answer = { kind: "refuse", code: "forbidden" };
  await viewer.write("이 메시지는 보내지 못했어요");
  await viewer.page.locator("[data-state=failed]").waitFor();
  line.answer = { kind: "pass" };
  return scenery;
}

async function furnish(stage: Stage, viewer: Person): Promise<Scenery> {
  const { url } = stage.cluster;
  const names = [
    ["minjun", "김민준"],
    ["seoyeon", "이서연"],
    ["ada.l", "Ada Byron"],
    ["jisu", "박지수"],
  ] as const;
  const people: Companion[] = [];
  for (const [nickname, name] of names) {
    const person = await companion(url, nickname, name);
    const bio = BIOS[nickname];
    if (bio !== undefined) await person.client.updateProfile({ bio });
    people.push(person);
  }
  const [minjun, seoyeon, ada, jisu] = people as [Companion, Companion, Companion, Companion];
  const [me] = await minjun.client.searchUsers(viewer.nickname);
  if (me === undefined) throw new Error("nobody looks");

  const extreme = await overdo(stage, { me: me.id, minjun, seoyeon, ada });
  const old = await jisu.client.createDirect(me.id);
  await say(jisu, old, "사진 고마워요! 🙏");
  const walk = await minjun.client.createGroup({
    title: "주말 산책",
    userIds: [me.id, seoyeon.userId, ada.userId],
  });
  await say(minjun, walk, "이번 주 토요일 어때요?", "날씨가 좋대요");
  await say(seoyeon, walk, "좋아요! 몇 시에 만날까요?");
  await say(ada, walk, "Ten o'clock at the gate? https://example.org/map");
  await say(minjun, walk, "열 시, 정문에서 봬요 👍");
  await say(seoyeon, walk, "🎉🎉");
  const direct = await seoyeon.client.createDirect(me.id);
  await say(seoyeon, direct, "번역 원고 보냈어요.", "시간 될 때 한번 봐 주세요.");
  await Promise.all(people.map(({ client }) => client.stop()));
  return { direct, group: walk, extreme, refusing: old };
}

const LONG_TITLE =
  "2026년 늦가을 주말마다 북한산 둘레길을 처음부터 끝까지 함께 걷고 사진도 찍는 사람들의 모임";
const LONG_WORD = `https://example.org/${"아주긴주소".repeat(12)}?${"q".repeat(90)}`;

type Cast = { me: string; minjun: Companion; seoyeon: Companion; ada: Companion };

/** A crowd, long words, another direction of writing, answers, reactions, people who are gone. */
async function overdo(stage: Stage, { me, minjun, seoyeon, ada }: Cast): Promise<string> {
  const gone = await companion(stage.cluster.url, "gone", "떠난 사람");
  const userIds = [me, seoyeon.userId, ada.userId, gone.userId];
  const roomId = await minjun.client.createGroup({ title: LONG_TITLE, userIds });
  await say(gone, roomId, "저는 이만 갑니다");
  await gone.client.deleteAccount(PASSWORD);
  await stage.ledger.fill(roomId, 220);
  const laughter = "ㅋ".repeat(140);
  await say(seoyeon, roomId, LONG_WORD, "מה שלומך? נתראה בשבת בשער הראשי", laughter);
  const room = seoyeon.client.openRoom(roomId);
  const answers = minjun.client.openRoom(roomId);
  await answers.send("이 주소 맞아요?\n두 줄로도 씁니다.", {
    replyTo: await seqOf(room, LONG_WORD),
  });
  const last = await seqOf(room, laughter);
  for (const emoji of ["👍", "❤️", "😂", "🎉"]) {
    for (const { client } of [minjun, ada]) {
      const reacting = client.openRoom(roomId);
      await reacting.react(last, emoji, true);
      reacting.close();
    }
  }
  await room.edit(last, "고쳐 쓴 메시지입니다");
  for (const open of [room, answers]) open.close();
  await stage.ledger.claimMembers(roomId, 1_000);
  return roomId;
}

/** Where this was said, once it is known there. */
function seqOf({ timeline }: OpenRoom, text: string): Promise<number> {
  return new Promise((resolve) => {
    timeline.subscribe(({ items }) => {
      for (const item of items) {
        if (item.kind === "message" && item.message.text === text) resolve(item.message.seq);
      }
    });
  });
}
