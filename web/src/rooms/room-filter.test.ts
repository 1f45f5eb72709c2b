import { describe, expect, it } from "vitest";
import { filterRooms } from "./room-filter.ts";

const ROOMS = [
  { title: "산책 모임", members: ["지수", "서연"] },
  { title: "Book Club", members: ["Ada Lovelace", "지수"] },
  { title: "My book", members: ["Grace"] },
];
const titles = (query: string) =>
  filterRooms(ROOMS, query, (room) => [room.title, ...room.members]).map(({ title }) => title);

describe("rooms by name", () => {
  it("are all there without a query", () => {
    expect(titles("  ")).toEqual(["산책 모임", "Book Club", "My book"]);
  });

  it("are found by title, whatever the case, those that begin with it first", () => {
    expect(titles("bOOk")).toEqual(["Book Club", "My book"]);
  });

  it("are found by a member's name", () => {
    expect(titles("지수")).toEqual(["산책 모임", "Book Club"]);
    expect(titles("lovelace")).toEqual(["Book Club"]);
  });

  it("must have every word", () => {
    expect(titles("지수 club")).toEqual(["Book Club"]);
    expect(titles("grace club")).toEqual([]);
  });

  it("are found by the consonants that Hangul syllables begin with", () => {
    expect(titles("ㅅㅊ")).toEqual(["산책 모임"]);
    expect(titles("ㅈㅅ")).toEqual(["산책 모임", "Book Club"]);
  });

  it("are found by Hangul typed as single letters", () => {
    expect(titles("산책".normalize("NFD"))).toEqual(["산책 모임"]);
  });
});
