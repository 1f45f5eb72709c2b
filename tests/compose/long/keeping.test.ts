import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { get, type RequestOptions } from "node:https";
import { join } from "node:path";
import type { OpenRoom, TimelineView } from "@moim/client";
import { freePort } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "../../gateway/caller.ts";
import { Installation } from "../support/installation.ts";
import { type Member, newMember, until } from "../support/people.ts";

const IMAGE_TAG = `test-keeping-${process.pid}`;
const MESSAGES = 200;

/** Everything people have written, as one number, and how much of it there is. */
const CONTENTS = `SELECT count(*) || ' messages, ' || md5(string_agg(m::text, '|' ORDER BY room_id, seq))
  || ', ' || (SELECT count(*) FROM auth.users) || ' users' FROM chat.messages m`;

let original: Installation;
let copy: Installation;
let people: Caller[];
/** Who were there before the first backup, and stay connected. */
let members: Member[];
let rooms: OpenRoom[];
let roomId: string;

beforeAll(async () => {
  original = await Installation.clone(IMAGE_TAG);
  copy = await Installation.clone(IMAGE_TAG);
  await original.initialise();
  // A session that was renewed after the backup would not be in it.
  original.set({ ACCESS_TOKEN_TTL_SECONDS: "7200" });
  await original.compose("up", "-d", "--build", "--wait");
  people = [await signUp(original.url), await signUp(original.url)];
  members = [await newMember(original.url), await newMember(original.url)];
  const userIds = members.map(({ userId }) => userId);
  const shared = (await members[0]?.client.createGroup({ userIds: userIds.slice(1) })) ?? "";
  rooms = members.map(({ client }) => client.openRoom(shared));
  await say(["kept"]);
});
afterAll(async () => {
  for (const { client } of members ?? []) await client.stop();
  await original?.remove();
  await copy?.remove();
  await original?.removeImages();
});

test("a backup is taken while people write, and holds one moment", async () => {
  const [alice, bob] = people;
  if (alice === undefined || bob === undefined) throw new Error("nobody there");
  const line = await Line.open(original.url, alice);
  const created = await line.ask("room:create", { kind: "direct", userId: bob.userId });
  roomId = (created as { room: { id: string } }).room.id;
  const write = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      await line.ask("message:send", {
        roomId,
        clientId: randomUUID(),
        text: `한글 ${index} 👍🏽`,
      });
      await new Promise((resolve) => setTimeout(resolve, 110));
    }
  };
  await write(MESSAGES / 4);
  const [output] = await Promise.all([
    original.succeeds("./infra/backup", "backups/early.dump"),
    write(MESSAGES / 4),
  ]);
  expect(output).toMatch(/^backup: wrote .*early\.dump \(\d+ bytes\)\n$/);
  const again = await original.run("./infra/backup", "backups/early.dump");
  expect([again.code, again.output]).toEqual([1, expect.stringContaining("exists already")]);
  await original.succeeds("./infra/backup", "backups/late.dump");
  line.close();
});

test("a dump that was cut off on its way gets no name, whatever was said of it", async () => {
  const docker = (await original.succeeds("sh", "-c", "command -v docker")).trim();
  mkdirSync(join(original.folder, "backups/cut"));
  original.write(
    "backups/cut/docker",
    `#!/bin/sh\ncase "$*" in *pg_dump*) ${docker} "$@" | head -c -9 ;; *) exec ${docker} "$@" ;; esac\n`,
  );
  const cutting =
    'chmod 755 backups/cut/docker && PATH="$PWD/backups/cut:$PATH" ./infra/backup backups/cut.dump';
  const { code, output } = await original.run("sh", "-c", cutting);
  expect([code, output]).toEqual([1, expect.stringContaining("cannot be read again")]);
  expect((await original.succeeds("ls", "backups")).split("\n")).not.toContain("cut.dump");
});

test("it is restored into an empty installation, whose secrets are files, to the last byte", async () => {
  await copy.initialise("--secret-files");
  await copy.compose("up", "-d", "--wait", "postgres");
  await copy.succeeds("./infra/restore", join(original.folder, "backups/late.dump"));
  await copy.compose("up", "-d", "--wait");
  const contents = await original.query(CONTENTS);
  // One of the members, and the notice of their group.
  expect(contents).toMatch(/^102 messages, [0-9a-f]{32}, 4 users$/);
  expect(await copy.query(CONTENTS)).toBe(contents);
});

test("the restored installation goes on where the other one was", async () => {
  const caller = await signUp(copy.url);
  const line = await Line.open(copy.url, caller);
  const created = await line.ask("room:create", { kind: "direct", userId: people[0]?.userId });
  const { room } = created as { room: { id: string } };
  const sent = await line.ask("message:send", {
    ...{ roomId: room.id, clientId: randomUUID(), text: "found you" },
  });
  expect(sent).toMatchObject({ duplicate: false, message: { seq: 1 } });
  line.close();
});

test("a restore is refused where there is anything, and a broken file leaves nothing behind", async () => {
  const file = join(original.folder, "backups/early.dump");
  const refused = await copy.run("./infra/restore", file);
  expect([refused.code, refused.output]).toEqual([
    1,
    expect.stringMatching(/^restore: the database is not empty \(\d+ tables\)\n$/),
  ]);
  await copy.compose("down", "--volumes", "--timeout", "1");
  await copy.compose("up", "-d", "--wait", "postgres");
  await copy.succeeds("sh", "-c", `head -c 20000 "${file}" > broken.dump`);
  const broken = await copy.run("./infra/restore", "broken.dump");
  expect([broken.code, broken.output]).toEqual([1, expect.stringContaining("as empty as before")]);
  await copy.succeeds("./infra/restore", file);
  const [messages = 0] = (await copy.query(CONTENTS)).split(" ").map(Number);
  expect(messages).toBeGreaterThanOrEqual(MESSAGES / 4);
  expect(messages).toBeLessThanOrEqual(MESSAGES / 2 + 2);
});

test("no secret of files is seen from outside the containers", async () => {
  await copy.compose("up", "-d", "--wait");
  const ids = (await copy.compose("ps", "--all", "--quiet")).split("\n").filter(Boolean);
  const seen = await copy.succeeds("docker", "inspect", ...ids);
  for (const name of ["postgres-password", "redis-password", "signing-keys.json"]) {
    expect(seen).not.toContain(copy.read(`secrets/${name}`));
  }
});

test("clients that hold more than an older backup see what is there once it is back", async () => {
  await say(["lost 1", "lost 2", "lost 3"]);
  await original.compose("down", "--volumes", "--timeout", "15");
  await original.compose("up", "-d", "--wait", "postgres");
  await original.succeeds("./infra/restore", "backups/early.dump");
  await original.compose("up", "-d", "--wait");
  for (const room of rooms) await until(room.timeline, (view) => shows(view, ["kept"]), 180_000);
  const after = Array.from({ length: 6 }, (_, index) => `after ${index + 1}`);
  await say(after);
  for (const room of rooms) await until(room.timeline, (view) => shows(view, ["kept", ...after]));
});

/** Until the server has them all. */
async function say(texts: readonly string[]): Promise<void> {
  const [room] = rooms;
  if (room === undefined) throw new Error("nobody there");
  for (const text of texts) await room.send(text);
  await until(room.timeline, ({ items }) => items.every(({ kind }) => kind === "message"));
}

function shows({ items }: TimelineView, texts: readonly string[]): boolean {
  const shown = items.flatMap((item) =>
    item.kind === "message" && item.message.text !== null ? [item.message.text] : [],
  );
  return shown.join() === texts.join();
}

test("with a certificate of one's own everything is https, and http leads there", async () => {
  const port = await freePort();
  await makeCertificate();
  original.set({
    COMPOSE_FILE: "docker-compose.yml:infra/compose/tls.yml",
    MOIM_TLS_LISTEN: `127.0.0.1:${port}`,
  });
  await original.compose("up", "-d", "--wait", "gateway");
  // Of two days, as made below.
  expect(await original.compose("logs", "gateway")).toContain(
    "gateway: warning: the certificate ends",
  );

  const redirect = await fetch(`${original.url}/rooms?x=1`, { redirect: "manual" });
  expect(redirect.status).toBe(301);
  expect(redirect.headers.get("location")).toBe("https://127.0.0.1/rooms?x=1");
  const ca = original.read("secrets/tls/certificate.pem");
  const page = await answerOf({ host: "localhost", port, ca, path: "/" });
  expect(page).toEqual({ status: 200, strict: "max-age=31536000" });
  const chat = await answerOf({
    ...{ host: "localhost", port, ca, path: "/socket.io/?EIO=4&transport=websocket" },
    headers: {
      ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
      "Sec-WebSocket-Key": Buffer.from("sixteen bytes ok").toString("base64"),
    },
  });
  expect(chat.status).toBe(101);

  await makeCertificate();
  await original.compose("kill", "-s", "HUP", "gateway");
  const renewed = original.read("secrets/tls/certificate.pem");
  await expect
    .poll(() => answerOf({ host: "localhost", port, ca: renewed, path: "/" }).catch(String))
    .toEqual(page);
});

/** As tls.md says, for two days. */
async function makeCertificate(): Promise<void> {
  mkdirSync(join(original.folder, "secrets/tls"), { recursive: true });
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const key = ["-newkey", "ed25519", "-nodes", "-keyout", "secrets/tls/key.pem"];
  const certificate = ["-days", "2", "-out", "secrets/tls/certificate.pem"];
  await original.succeeds("openssl", "req", "-x509", ...key, ...certificate, ...name);
  // 101 is the gateway's user; whoever is not root here lets everybody read instead.
  await original.succeeds(
    "sh",
    "-c",
    "chown 101 secrets/tls/key.pem || chmod 644 secrets/tls/key.pem",
  );
}

type Answer = { status: number | undefined; strict: string | string[] | undefined };

function answerOf(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ ...options, agent: false }, (response) => {
      response.resume();
      resolve({
        status: response.statusCode,
        strict: response.headers["strict-transport-security"],
      });
    });
    request.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, strict: undefined });
    });
    request.on("error", reject);
  });
}
