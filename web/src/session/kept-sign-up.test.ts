import { expect, it } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { forgetSignUp, keepSignUp, keptSignUp } from "./kept-sign-up.ts";

const KEPT = {
  email: "hana@example.org",
  name: "Hana",
  nickname: "hana",
  resendAtMs: 2_000,
  expiresAtMs: 9_000,
};

it("a sign-up that waits for its code is kept for as long as the code is worth something", () => {
  const storage = new ForgetfulStorage();
  keepSignUp(storage, KEPT);
  expect(keptSignUp(storage, 8_999)).toEqual(KEPT);
  expect(keptSignUp(storage, 9_000)).toBeNull();
  forgetSignUp(storage);
  expect(keptSignUp(storage, 0)).toBeNull();
});

it.each(["", "null", "7", "[]", '{"email":"hana@example.org"}', "{"])(
  "is nothing in %j",
  (json) => {
    const storage = new ForgetfulStorage();
    storage.setItem("moim.sign-up", json);
    expect(keptSignUp(storage, 0)).toBeNull();
  },
);
