import { type MoimClient, MoimError } from "@moim/client";
import { beforeEach, expect, test, vi } from "vitest";
import { ForgetfulStorage } from "../appearance/storage.ts";
import { SignUp } from "./sign-up.svelte.ts";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const CODE_NEEDED = new MoimError("bad_request", "", {
  errors: [{ path: "code", message: "is required" }],
});
const NICKNAME_TAKEN = new MoimError("conflict", "", {
  errors: [{ path: "nickname", message: "is taken" }],
});

const HANA = {
  id: "hana",
  email: "hana@example.org",
  nickname: "hana",
  name: "Hana",
  bio: "",
  avatarUrl: null,
  createdAt: 0,
};

/** A form that is filled in, what the server will answer, and what it was sent. */
function scene(...refusals: MoimError[]) {
  const codes: (string | undefined)[] = [];
  const client: Pick<
    MoimClient,
    "isNicknameAvailable" | "requestVerificationCode" | "signUp" | "signIn"
  > = {
    isNicknameAvailable: vi.fn(async () => false),
    requestVerificationCode: async () => ({ resendAt: 60_000, expiresAt: 600_000 }),
    signUp: async ({ code }) => {
      codes.push(code);
      throw refusals.shift() ?? new MoimError("internal", "");
    },
    signIn: vi.fn(async () => HANA),
  };
  const signUp = new SignUp(client as MoimClient, new ForgetfulStorage());
  signUp.type("email", "hana@example.org");
  signUp.type("name", "Hana");
  signUp.type("password", "correct-horse-1");
  signUp.type("nickname", "hana");
  return { client, codes, signUp };
}

test("a nickname that is taken, and sent before that was found out, is the server's to refuse", async () => {
  const { codes, signUp } = scene(CODE_NEEDED, NICKNAME_TAKEN);
  await signUp.submit();
  expect(signUp.step).toBe("code");
  await vi.runAllTimersAsync();
  await signUp.submit("123456");
  expect(codes, "the code is sent").toEqual([undefined, "123456"]);
  expect([signUp.step, signUp.problem("nickname")]).toEqual(["form", "nicknameTaken"]);
});

test("an account whose making got no answer is not in its own way", async () => {
  const lost = new MoimError("unavailable", "");
  const { client, codes, signUp } = scene(CODE_NEEDED, lost, CODE_NEEDED);
  // Asked about, and answered when the account is there.
  let answer = (_isFree: boolean) => {};
  vi.mocked(client.isNicknameAvailable).mockReturnValue(
    new Promise((resolve) => (answer = resolve)),
  );
  await vi.runAllTimersAsync();
  expect(signUp.availability).toBe("asking");
  await signUp.submit();
  await expect(signUp.submit("123456")).rejects.toBe(lost);
  answer(false);
  await vi.runAllTimersAsync();
  await signUp.submit("123456");
  expect(codes).toEqual([undefined, "123456", "123456"]);
  expect(client.signIn, "in").toHaveBeenCalledOnce();
});
