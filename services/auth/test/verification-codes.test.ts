import { drizzle } from "drizzle-orm/node-postgres";
import { expect, it } from "vitest";
import { VerificationCodes } from "../src/accounts/verification-codes.ts";
import { useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

it("thirty wrong codes a day are the most for an address, however many codes it was mailed", async () => {
  const database = drizzle({ client: server().pool });
  const codes = new VerificationCodes(() => [Buffer.alloc(32, 1)]);
  const { clock } = server();
  const issue = async (email: string) => {
    clock.now += 60_000;
    return (await codes.issue(database, "sign-up", email, clock.now)).code ?? "";
  };
  const redeem = (email: string, code: string) =>
    codes.redeem(database, "sign-up", email, code, clock.now);
  const guessWrongly = async (email: string, times: number) => {
    const code = await issue(email);
    const wrong = code === "000000" ? "000001" : "000000";
    for (let i = 0; i < times; i++) expect(await redeem(email, wrong)).toBe(false);
  };
  for (const [email, last] of [["persistent", 5] as const, ["typist", 4] as const]) {
    for (let resend = 0; resend < 5; resend++) await guessWrongly(email, 5);
    await guessWrongly(email, last);
  }
  expect(await redeem("persistent", await issue("persistent"))).toBe(false);
  expect(await redeem("typist", await issue("typist"))).toBe(true);
  expect(await redeem("somebody-else", await issue("somebody-else"))).toBe(true);

  clock.now += 24 * 3_600_000;
  await guessWrongly("persistent", 5);
  expect(await redeem("persistent", await issue("persistent"))).toBe(true);
});
