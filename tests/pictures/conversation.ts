import { type Companion, companion, say } from "../e2e/support/company.ts";
import type { Person } from "../e2e/support/person.ts";

export type Scenery = { direct: string; group: string };

const BIOS: Record<string, string> = {
  minjun: "산책과 필름 카메라.\n주말에는 북한산에 있습니다.",
  seoyeon: "책을 읽고, 가끔 번역합니다.",
};

/** People, and what they have been talking about, as the one who looks finds it. */
export async function furnish(url: string, viewer: Person): Promise<Scenery> {
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
  return { direct, group: walk };
}
