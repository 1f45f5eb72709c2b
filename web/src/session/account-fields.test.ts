import { describe, expect, it } from "vitest";
import { type AccountField, passwordRules, problemIn } from "./account-fields.ts";

describe("sign-up fields", () => {
  it.each<[AccountField, string, string | null]>([
    ["email", "a@b.kr", null],
    ["email", " a@b.kr ", null],
    ["email", "", "emailMissing"],
    ["email", "  ", "emailMissing"],
    ["email", "a@b", "emailFormat"],
    ["email", "a b@c.kr", "emailFormat"],
    ["email", `${"a".repeat(250)}@b.kr`, "emailFormat"],
    ["nickname", "민준이", null],
    ["nickname", "a.b_1", null],
    ["nickname", "ab", "nicknameLength"],
    ["nickname", "a".repeat(13), "nicknameLength"],
    ["nickname", "민준ㅇ", "nicknameCharacters"],
    ["nickname", "a b c", "nicknameCharacters"],
    ["name", "김 민준", null],
    ["name", "김", "nameLength"],
    ["name", "   ", "nameLength"],
    ["name", "a".repeat(11), "nameLength"],
    ["name", "김-민준", "nameCharacters"],
    ["password", "abcdef1!", null],
    ["password", "비밀번호1234!!", null],
    ["password", "abcdef12", "passwordWeak"],
    ["password", "abc1!", "passwordWeak"],
    ["password", `${"a".repeat(127)}1!`, "passwordLong"],
  ])("%s %j → %s", (field, value, problem) => {
    expect(problemIn(field, value)).toBe(problem);
  });

  it("Hangul typed as single letters by some systems is the same name", () => {
    expect(problemIn("nickname", "민준이".normalize("NFD"))).toBeNull();
  });

  it("each rule of a password is told apart", () => {
    expect(passwordRules("abc")).toEqual({
      length: false,
      letter: true,
      digit: false,
      symbol: false,
    });
    expect(passwordRules("1234567!")).toEqual({
      length: true,
      letter: false,
      digit: true,
      symbol: true,
    });
  });
});
