import { createDatabase, type TestDatabase } from "@moim/local";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { useProcesses } from "./launch.ts";
import { SmtpSink } from "./smtp-sink.ts";

const { launch, serve } = useProcesses();
let database: TestDatabase;
let sink: SmtpSink;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  sink = await SmtpSink.open();
  await launch("migrate", { DATABASE_URL: database.url }).ended;
  client = new pg.Client(database.url);
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await sink.close();
  await database.drop();
});

it("a process that is killed with a mail on its way leaves it to the next, and answers never waited for it", async () => {
  const environment = {
    ...{ DATABASE_URL: database.url, MAIL_URL: sink.url, EMAIL_VERIFICATION: "on" },
    PUBLIC_URL: "http://moim.test",
  };
  sink.behaviour = "hang";
  const first = await serve(environment);
  const answer = await fetch(`${first.url}/api/auth/verification-codes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "killed@example.org" }),
  });
  expect(answer.status).toBe(202);
  await expect.poll(() => sink.hanging).toBe(1);
  await first.kill();

  sink.behaviour = "take";
  const second = await serve(environment);
  // The dead one's lease is respected: until it ends, nobody touches the mail.
  const { rows } = await client.query("SELECT due_at > now() AS leased FROM auth.mail_outbox");
  expect(rows).toEqual([{ leased: true }]);
  await client.query("UPDATE auth.mail_outbox SET due_at = now()");
  await expect.poll(() => sink.mails.length).toBe(1);
  expect(sink.mails[0]?.text).toMatch(/^\d{6}$/m);
  const left = () => client.query("SELECT FROM auth.mail_outbox").then(({ rowCount }) => rowCount);
  await expect.poll(left).toBe(0);
  const metrics = await (await fetch(`${second.url}/metrics`)).text();
  expect(metrics).toMatch(/^moim_auth_mails_total\{outcome="delivered"\} 1$/m);
  expect(metrics).toMatch(/^moim_auth_mails_waiting 0$/m);
  expect(await second.stop()).toBe(0);
});
