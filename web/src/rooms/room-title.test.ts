import { describe, expect, it } from "vitest";
import { english } from "../i18n/english.ts";
import { korean } from "../i18n/korean.ts";
import { roomTitle } from "./room-title.ts";

const NAMES: Record<string, string> = {
  a: "민준",
  b: "지수",
  c: "서연",
  d: "도윤",
  e: "하은",
  f: "준서",
};
const nameOf = (userId: string) => NAMES[userId] ?? "?";

function roomOf(
  memberIds: string[],
  { title = null as string | null, memberCount = memberIds.length } = {},
) {
  const members = memberIds.map((userId) => ({
    userId,
    role: "member" as const,
    readSeq: 0,
    joinedAt: 0,
  }));
  return { title, members, memberCount };
}

describe("a room's title", () => {
  it("is the group's own where it has one", () => {
    expect(roomTitle(roomOf(["a", "b"], { title: "산책" }), "a", nameOf, korean)).toBe("산책");
  });

  it("is the names of the others", () => {
    expect(roomTitle(roomOf(["a", "b", "c"]), "a", nameOf, korean)).toBe("지수, 서연");
  });

  it("says so when nobody else is left", () => {
    expect(roomTitle(roomOf(["a"]), "a", nameOf, korean)).toBe("대화상대 없음");
  });

  it("counts those who do not fit", () => {
    const room = roomOf(["a", "b", "c", "d", "e", "f"]);
    expect(roomTitle(room, "a", nameOf, korean)).toBe("지수, 서연, 도윤, 하은 외 1명");
    expect(roomTitle(room, "a", nameOf, english)).toBe("지수, 서연, 도윤, 하은 and 1 other");
  });

  it("counts also members whom the summary leaves out", () => {
    const room = roomOf(["a", "b", "c", "d", "e", "f"], { memberCount: 1_000 });
    expect(roomTitle(room, "a", nameOf, korean)).toBe("지수, 서연, 도윤, 하은 외 995명");
  });
});
