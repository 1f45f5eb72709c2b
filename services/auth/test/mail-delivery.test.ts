import { createDatabase, freePort, type TestDatabase } from "@moim/local";
import { connectPostgres, createLogger, createRegistry } from "@moim/service";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type MailServer, parseMailUrl } from "../src/mail/mail-url.ts";
import { MailWorker, type MailWorkerParts } from "../src/mail/mail-worker.ts";
import { Outbox, type Post } from "../src/mail/outbox.ts";
import { Seal } from "../src/mail/seal.ts";
import { smtpTransport } from "../src/mail/smtp-transport.ts";
import { createMetrics } from "../src/metrics.ts";
import { migrate } from "../src/migrations.ts";
import { SmtpSink } from "./smtp-sink.ts";

const FROM = "no-reply@moim.test";
const CODE = "424242";
const A_MINUTE_MS = 60_000;

let database: TestDatabase;
let pool: Pool;
let sink: SmtpSink;
let logLines: string[] = [];
const workers: MailWorker[] = [];
const metrics = createMetrics(createRegistry());
const logger = createLogger({ service: "auth" }, "trace", {
  write: (line: string) => void logLines.push(line),
});
let keys = [Buffer.alloc(32, 1)];
const seal = new Seal(() => keys);
const outbox = new Outbox({ seal, publicUrl: "https://moim.test/" });

beforeAll(async () => {
  database = await createDatabase(inject("postgresUrl"));
  await migrate(database.url);
  const options = { url: database.url, applicationName: "test", connectionsMax: 10, logger };
  pool = connectPostgres(options);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  sink = await SmtpSink.open();
  logLines = [];
  keys = [Buffer.alloc(32, 1)];
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await pool.query("DELETE FROM auth.mail_outbox");
  await sink.close();
  expect(logLines.join("")).not.toContain("example.org");
  expect(logLines.join("")).not.toContain(CODE);
});

function smtpServer(url: string): Extract<MailServer, { kind: "smtp" }> {
  const server = parseMailUrl(url);
  if (server?.kind !== "smtp") throw new Error(`no server: ${url}`);
  return server;
}

function startWorker(url = sink.url, change: Partial<MailWorkerParts> = {}): MailWorker {
  const transport = smtpTransport(smtpServer(url), FROM);
  const quick = {
    pollMs: 20,
    attemptTimeoutMs: 5_000,
    farewellMs: 50,
    delayMs: () => 20,
  };
  const worker = new MailWorker({ pool, seal, transport, metrics, logger, ...quick, ...change });
  workers.push(worker);
  worker.start();
  return worker;
}

function write(to: string, post: Partial<Post> = {}): Promise<void> {
  const letter = { kind: "verification-code", code: CODE } as const;
  return outbox.write(drizzle({ client: pool }), { to, letter, language: "en", ...post });
}

async function waiting(): Promise<number> {
  const { rows } = await pool.query("SELECT count(*)::int AS count FROM auth.mail_outbox");
  return rows[0].count;
}

async function outcome(name: string): Promise<number> {
  const { values } = await metrics.mails.get();
  return values.find(({ labels }) => labels.outcome === name)?.value ?? 0;
}

/** However busy the machine is. */
const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read);
const noneWaits = () => eventually(waiting).toBe(0);

describe("a mail", () => {
  it("comes as text and as HTML, in its reader's language, and is gone from the database", async () => {
    startWorker();
    await write("reader@example.org", { language: "ko" });
    await noneWaits();
    const [mail] = sink.mails;
    expect(mail?.to?.map(({ address }) => address)).toEqual(["reader@example.org"]);
    expect(mail?.from?.address).toBe(FROM);
    expect(mail?.subject).toBe(`모임 인증 코드: ${CODE}`);
    expect(mail?.text).toContain(`\n${CODE}\n`);
    expect(mail?.text).toContain("10분");
    expect(mail?.html).toMatch(new RegExp(`<html lang="ko">[^]*>${CODE}<`));
    expect(mail?.headers.find(({ key }) => key === "auto-submitted")?.value).toBe("auto-generated");
  });

  it("waits sealed: neither its code nor its receiver can be read in the database", async () => {
    await write("secret-reader@example.org");
    const { rows } = await pool.query<{ row: string; sealed: Buffer }>(
      "SELECT m::text AS row, sealed FROM auth.mail_outbox m",
    );
    expect(rows).toHaveLength(1);
    for (const text of [rows[0]?.row ?? "", rows[0]?.sealed.toString("latin1") ?? ""]) {
      expect(text).not.toContain("secret-reader");
      expect(text).not.toContain(CODE);
    }
  });

  it("is written with what it tells of, or not at all", async () => {
    const connection = await pool.connect();
    await connection.query("BEGIN");
    const letter = { kind: "password-changed" } as const;
    const post = { to: "nobody@example.org", letter, language: "en" } as const;
    await outbox.write(drizzle({ client: connection }), post);
    await connection.query("ROLLBACK");
    connection.release();
    expect(await waiting()).toBe(0);
  });

  it("that nobody is to get is thrown away without a word to the mail server", async () => {
    startWorker();
    await write("unknown@example.org", { isSent: false });
    await noneWaits();
    expect(sink.connections).toBe(0);
  });

  it("leaves at once when it is announced, without waiting for the next look", async () => {
    const worker = startWorker(sink.url, { pollMs: 3_600_000 });
    await worker.settled();
    await write("announced@example.org");
    worker.wake();
    await worker.settled();
    expect(sink.mails).toHaveLength(1);
  });
});

describe("when the mail server", () => {
  it("is not there, mails wait and go when it is", async () => {
    const port = await freePort();
    startWorker(`smtp://127.0.0.1:${port}`);
    await write("patient@example.org");
    const postponed = await outcome("postponed");
    await eventually(() => outcome("postponed")).toBeGreaterThan(postponed + 1);
    expect(await waiting()).toBe(1);
    const late = await SmtpSink.open({}, port);
    await noneWaits();
    expect(late.mails).toHaveLength(1);
    await late.close();
    expect(logLines.join("")).toContain("ESOCKET");
  });

  it("says not now, the mail goes later, once", async () => {
    sink.behaviour = 451;
    startWorker();
    await write("later@example.org");
    await eventually(() => sink.attempts).toBeGreaterThan(2);
    sink.behaviour = "take";
    await noneWaits();
    expect(sink.mails).toHaveLength(1);
  });

  it.each([
    ["the receiver", { receiverBehaviour: 550 }],
    ["the mail", { behaviour: 554 }],
  ])("refuses %s for good, it is given up at the first attempt", async (_what, behaviour) => {
    Object.assign(sink, behaviour);
    startWorker();
    const refused = await outcome("refused");
    await write("refused@example.org");
    await noneWaits();
    expect(sink.attempts).toBe(1);
    expect(await outcome("refused")).toBe(refused + 1);
    expect(logLines.join("")).toContain("a mail is given up");
  });

  it("hangs, an attempt ends at its time, the next one succeeds, and others wait for neither", async () => {
    sink.behaviour = "hang";
    startWorker(sink.url, { attemptTimeoutMs: 1_000, delayMs: () => A_MINUTE_MS });
    await write("hung@example.org");
    await eventually(() => sink.hanging).toBe(1);
    sink.behaviour = "take";
    await write("next@example.org");
    await eventually(() => sink.mails.length).toBe(1);
    expect(sink.mails[0]?.to?.[0]?.address).toBe("next@example.org");
    // The minute passes, once it has begun: while an attempt lasts, the mail is due later than that.
    const passes = async () => {
      const { rowCount } = await pool.query(
        "UPDATE auth.mail_outbox SET due_at = now() WHERE due_at < now() + interval '1 minute'",
      );
      return rowCount;
    };
    await eventually(passes).toBe(1);
    expect(logLines.join("")).toContain('"reason":"EABORT');
    await noneWaits();
    expect(sink.mails).toHaveLength(2);
  });

  it("hangs for all, no more than four are tried at once", async () => {
    sink.behaviour = "hang";
    startWorker(sink.url, { attemptTimeoutMs: 60_000 });
    for (let i = 0; i < 10; i++) await write(`hung${i}@example.org`);
    await eventually(() => sink.attempts).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sink.attempts).toBe(4);
  });

  it("never takes it, it is given up when its code has expired, and nothing of it stays", async () => {
    sink.behaviour = 451;
    startWorker();
    const expired = await outcome("expired");
    await write("expired@example.org");
    await eventually(() => sink.attempts).toBeGreaterThan(0);
    await pool.query("UPDATE auth.mail_outbox SET expires_at = now()");
    await noneWaits();
    expect(await outcome("expired")).toBe(expired + 1);
    expect(sink.mails).toHaveLength(0);
  });

  it("offers TLS, it is used, whatever its certificate", async () => {
    const secure = await SmtpSink.open({ hideSTARTTLS: false });
    startWorker(secure.url);
    await write("tls@example.org");
    await noneWaits();
    expect(secure.wasSecure).toEqual([true]);
    await secure.close();
  });

  it.each([
    ["offers no TLS", { disabledCommands: ["STARTTLS"] }, "ETLS"],
    ["has a certificate of its own making", { hideSTARTTLS: false }, "ESOCKET"],
  ])("%s, it is shown neither a password nor a mail", async (_what, options, reason) => {
    const shown: unknown[] = [];
    const untrusted = await SmtpSink.open({
      ...options,
      onAuth: (auth, _session, done) => {
        shown.push(auth);
        done(null, { user: "moim" });
      },
    });
    const { tls } = smtpServer("smtp://moim:password@mail.example.com");
    const credentials = { user: "moim", pass: "password" };
    const server = { ...smtpServer(untrusted.url), tls, credentials };
    startWorker(untrusted.url, { transport: smtpTransport(server, FROM) });
    const postponed = await outcome("postponed");
    await write("untrusting@example.org");
    await eventually(() => outcome("postponed")).toBeGreaterThan(postponed);
    expect(logLines.join("")).toContain(reason);
    expect([shown, untrusted.attempts, await waiting()]).toEqual([[], 0, 1]);
    await untrusted.close();
  });

  it("wants a name and a password, it gets those of MAIL_URL", async () => {
    const given: string[] = [];
    const locked = await SmtpSink.open({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        given.push(`${username} ${password}`);
        done(null, { user: username });
      },
    });
    startWorker(`smtp://moim%40host:pass%2Fword@127.0.0.1:${locked.port}`);
    await write("locked@example.org");
    await noneWaits();
    expect(given).toEqual(["moim@host pass/word"]);
    expect(locked.mails).toHaveLength(1);
    await locked.close();
  });
});

describe("with several processes", () => {
  it("each of forty mails goes once, from four workers", async () => {
    for (let i = 0; i < 40; i++) await write(`many${i}@example.org`);
    for (let i = 0; i < 4; i++) startWorker();
    await noneWaits();
    const receivers = sink.mails.map(({ to }) => to?.[0]?.address);
    expect(sink.attempts).toBe(40);
    expect(new Set(receivers).size).toBe(40);
  });

  it("a mail that one is carrying is touched by no other, however long it takes", async () => {
    sink.behaviour = "hang";
    for (let i = 0; i < 3; i++) startWorker(sink.url, { attemptTimeoutMs: 60_000 });
    await write("carried@example.org");
    await eventually(() => sink.attempts).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sink.attempts).toBe(1);
  });

  it("what one leaves behind at its end is delivered by the next", async () => {
    sink.behaviour = "hang";
    const first = startWorker(sink.url, { attemptTimeoutMs: 60_000 });
    await write("left@example.org");
    await eventually(() => sink.hanging).toBe(1);
    await first.stop();
    expect(await waiting()).toBe(1);
    sink.behaviour = "take";
    startWorker();
    await noneWaits();
    expect(sink.mails).toHaveLength(1);
  });

  it("a mail that waits while the keys change is read by the new one, and by those with the old", async () => {
    const [old = Buffer.alloc(0)] = keys;
    const fresh = Buffer.alloc(32, 2);
    sink.behaviour = 451;
    startWorker();
    await write("rotated@example.org");
    await eventually(() => sink.attempts).toBeGreaterThan(0);
    keys = [fresh, old];
    const before = sink.attempts;
    await eventually(() => sink.attempts).toBeGreaterThan(before + 1);
    keys = [fresh];
    sink.behaviour = "take";
    await noneWaits();
    expect(sink.mails).toHaveLength(1);
  });
});
