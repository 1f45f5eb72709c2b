import type { Notice } from "@moim/protocol";
import { describe, expect, it } from "vitest";
import { english } from "../i18n/english.ts";
import { korean } from "../i18n/korean.ts";
import { noticeWording } from "./notice-wording.ts";

const NAMES: Record<string, string> = { a: "민준", b: "지수", c: "서연" };
const nameOf = (userId: string) => NAMES[userId] ?? "?";

function both(notice: Notice, readerId: string): [string, string] {
  const message = { senderId: "a", notice };
  return [
    noticeWording(message, readerId, nameOf, korean.notices),
    noticeWording(message, readerId, nameOf, english.notices),
  ];
}

describe("a notice", () => {
  it.each<[Notice, string, string, string]>([
    [
      { type: "created", userIds: [] },
      "b",
      "민준 님이 채팅방을 만들었습니다.",
      "민준 created the chat",
    ],
    [{ type: "created" }, "a", "채팅방을 만들었습니다.", "You created the chat"],
    [
      { type: "created", userIds: ["a", "b", "c"] },
      "x",
      "민준 님이 지수, 서연 님을 초대했습니다.",
      "민준 invited 지수 and 서연",
    ],
    [{ type: "invited", userIds: ["b"] }, "a", "지수 님을 초대했습니다.", "You invited 지수"],
    [
      { type: "invited", userIds: ["b"] },
      "b",
      "민준 님이 회원님을 초대했습니다.",
      "민준 invited you",
    ],
    [
      { type: "invited", userIds: ["b", "c"] },
      "c",
      "민준 님이 회원님과 지수 님을 초대했습니다.",
      "민준 invited 지수 and you",
    ],
    [{ type: "left" }, "b", "민준 님이 채팅방을 나갔습니다.", "민준 left"],
    [
      { type: "removed", userIds: ["b"] },
      "c",
      "민준 님이 지수 님을 내보냈습니다.",
      "민준 removed 지수",
    ],
    [
      { type: "renamed", title: "제주도" },
      "b",
      "민준 님이 채팅방 이름을 ‘제주도’로 바꿨습니다.",
      "민준 named the chat “제주도”",
    ],
    [
      { type: "renamed", title: "여행 모임" },
      "a",
      "채팅방 이름을 ‘여행 모임’으로 바꿨습니다.",
      "You named the chat “여행 모임”",
    ],
  ])("%j read by %s", (notice, readerId, inKorean, inEnglish) => {
    expect(both(notice, readerId)).toEqual([inKorean, inEnglish]);
  });
});
