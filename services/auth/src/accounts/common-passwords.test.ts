import { password as passwordRule } from "@moim/protocol";
import { expect, it } from "vitest";
import { isCommonPassword } from "./common-passwords.ts";

const keepsTheRule = (password: string) => passwordRule.safeParse(password).success;

it.each(["P@ssw0rd", "P@ssw0rd1!", "Password1!", "QWERTY123!", "iloveyou-1", "1Qaz@wsx"])(
  "refuses %s, which keeps the rule of letter, digit and symbol",
  (password) => {
    expect([keepsTheRule(password), isCommonPassword(password)]).toEqual([true, true]);
  },
);

it("is not deceived by another way to type the same characters", () => {
  expect(isCommonPassword("Ｐassword1!")).toBe(true);
});

it.each([
  "correct-horse-1",
  "password-2-of-my-cat",
  "모임에서-만나요-7",
  "x7!Kq9-pL",
  "1!",
  "!!!!1111a",
])("takes %s", (password) => {
  expect(isCommonPassword(password)).toBe(false);
});
