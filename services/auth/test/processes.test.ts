import { once } from "node:events";
import { connect } from "node:net";
import { createDatabase, type TestDatabase } from "@moim/local";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { useProcesses } from "./launch.ts";

const { launch, serve } = useProcesses();
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
});

afterAll(() => database.drop());

it("does not start on a database without tables, and says so in one line", async () => {
  const { code, err } = await launch("main", { DATABASE_URL: database.url }).ended;
  expect([code, err]).toEqual([1, expect.stringMatching(/^DATABASE_URL .*migrate.*\n$/)]);
});

it("migrates in several processes at once, and again", async () => {
  const migrated = () => launch("migrate", { DATABASE_URL: database.url }).ended;
  const done = { code: 0, out: "", err: "" };
  expect(await Promise.all([migrated(), migrated(), migrated()])).toEqual([done, done, done]);
  expect(await migrated()).toEqual(done);
});

it("shares its keys with another that starts at the same time, and ends with 0 on SIGTERM", async () => {
  const services = await Promise.all([1, 2].map(() => serve({ DATABASE_URL: database.url })));
  const answers = await Promise.all(
    services.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).text()),
  );
  expect(answers[0]).toMatch(/^\{"keys":\[\{[^{}]*\},\{[^{}]*\}\]\}$/);
  expect(answers[1]).toBe(answers[0]);

  const [first] = services;
  const PORT = String(first?.port);
  const second = await launch("main", { DATABASE_URL: database.url, PORT }).ended;
  expect([second.code, second.err]).toEqual([1, expect.stringMatching(/^PORT .*in use.*\n$/)]);
  expect(await Promise.all(services.map(({ stop }) => stop()))).toEqual([0, 0]);
});

it("ends at once on SIGTERM while somebody holds back the rest of a request", async () => {
  const { port, stop } = await serve({ DATABASE_URL: database.url });
  const stalled = connect(port, "127.0.0.1");
  const cut = once(stalled, "close");
  stalled.on("error", () => {});
  const head = ["POST /api/auth/sign-in HTTP/1.1", "host: x", "content-type: application/json"];
  stalled.write(
    `${[...head, "content-length: 100", "expect: 100-continue"].join("\r\n")}\r\n\r\n{`,
  );
  // The server's "continue": it has the head of the request and waits for its body.
  await once(stalled, "data");
  const startedAt = Date.now();
  expect(await stop()).toBe(0);
  // Before the request would be given up (15 s), on a busy machine too.
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await cut;
});

it("does not start with a bad configuration, and says so in one line", async () => {
  const environment = { DATABASE_URL: database.url, MAIL_URL: "gopher://x" };
  const { code, err } = await launch("main", environment).ended;
  expect([code, err]).toEqual([1, expect.stringMatching(/^MAIL_URL .+\n$/)]);
});
