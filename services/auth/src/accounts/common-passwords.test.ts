import { password as passwordRule } from "@moim/protocol";
import { expect, it } from "vitest";
import { isCommonPassword } from "./common-passwords.ts";

const keepsTheRule = (password: string) => passwordRule.safeParse(password).success;

it.each(["P@ssw0rd", "PA$$W0RD", "1Qaz@wsx", "Zaq!2wsx", "NCC-1701"])(
  "refuses %s, which keeps the rule of letter, digit and symbol",
  (password) => {
    expect([keepsTheRule(password), isCommonPassword(password)]).toEqual([true, true]);
  },
);

it("is not deceived by another way to type the same characters", () => {
  expect(isCommonPassword("Ｐ@ssw0rd")).toBe(true);
});

it.each([
  // The contract says what a password needs; that it resembles a known one is not among it.
  ...["Password1!", "P@ssw0rd1!", "Test1234!", "Abcd1234!", "Qwerty123!", "1q2w3e4r!"],
  "correct-horse-1",
  "password-2-of-my-cat",
  "모임에서-만나요-7",
  "x7!Kq9-pL",
  "1!",
  "!!!!1111a",
])("takes %s", (password) => {
  expect(isCommonPassword(password)).toBe(false);
});
