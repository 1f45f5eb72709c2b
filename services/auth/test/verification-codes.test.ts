import { drizzle } from "drizzle-orm/node-postgres";
import { expect, it } from "vitest";
import { VerificationCodes } from "../src/accounts/verification-codes.ts";
import { useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

it("thirty wrong codes a day are the most for an address, however many codes it was mailed to how many", async () => {
  const database = drizzle({ client: server().pool });
  const codes = new VerificationCodes(() => [Buffer.alloc(32, 1)]);
  const { clock } = server();
  let source = 0;
  // Each time from somewhere else: one source alone is stopped much earlier.
  const asking = (email: string) => ({
    ...{ purpose: "sign-up" as const, email },
    source: `192.0.2.${source++}`,
  });
  const issue = async (email: string) => {
    clock.now += 60_000;
    return (await codes.issue(database, asking(email), clock.now)).code ?? "";
  };
  const redeem = (email: string, code: string) =>
    codes.redeem(database, asking(email), code, clock.now);
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

it("one source uses up half of an address's day at most, and the owner then still gets in", async () => {
  const database = drizzle({ client: server().pool });
  const codes = new VerificationCodes(() => [Buffer.alloc(32, 1)]);
  const { clock } = server();
  const asking = (source: string) => ({ purpose: "sign-up" as const, email: "victim", source });
  const issue = async (source: string) => {
    clock.now += 60_000;
    return (await codes.issue(database, asking(source), clock.now)).code;
  };
  for (let mail = 1; mail <= 10; mail++) {
    const code = (await issue("attacker")) ?? "";
    expect(code).toMatch(/^\d{6}$/);
    const wrong = code === "000000" ? "000001" : "000000";
    for (let guess = 0; guess < 5; guess++) {
      await codes.redeem(database, asking("attacker"), wrong, clock.now);
    }
  }
  expect(await issue("attacker")).toBeUndefined();
  const code = (await issue("owner")) ?? "";
  expect(code).toMatch(/^\d{6}$/);
  // What the attacker tries now is not even compared, and spends none of the owner's attempts.
  for (let guess = 0; guess < 5; guess++) {
    expect(await codes.redeem(database, asking("attacker"), "999999", clock.now)).toBe(false);
  }
  expect(await codes.redeem(database, asking("attacker"), code, clock.now)).toBe(false);
  expect(await codes.redeem(database, asking("owner"), code, clock.now)).toBe(true);
});
