import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "../../gateway/caller.ts";
import { Installation } from "../support/installation.ts";
import { commandsOfPage, editsOfPage, rewriteLine } from "../support/upgrade-page.ts";

const IMAGE_TAG = `test-upgrade-${process.pid}`;
/** What the page says of 18 and 19 is done with 17 and 18, which there are. */
const OLD_IMAGE = "postgres:17-trixie";
const MESSAGES = 20;

let moim: Installation;
let shipped: string;
let people: readonly [Caller, Caller];

beforeAll(async () => {
  moim = await Installation.clone(IMAGE_TAG);
  await moim.initialise();
  shipped = moim.read("docker-compose.yml");
  moim.write("docker-compose.yml", shipped.replace(/postgres:18\S+/, OLD_IMAGE));
  await moim.compose("up", "-d", "--build", "--wait");
  people = [await signUp(moim.url), await signUp(moim.url)];
});
afterAll(async () => {
  await moim?.remove();
  await moim?.removeImages();
});

test("a new major version of Postgres, by the page's own commands", async () => {
  const [alice, bob] = people;
  const line = await Line.open(moim.url, alice);
  const created = await line.ask("room:create", { kind: "direct", userId: bob.userId });
  const { room } = created as { room: { id: string } };
  const say = () =>
    line.ask("message:send", { roomId: room.id, clientId: randomUUID(), text: "안녕 👋" });
  for (let count = 0; count < MESSAGES; count += 1) await say();
  line.close();
  expect(await moim.query("SHOW server_version")).toMatch(/^17\./);
  const before = await contents();

  for (const command of commandsOfPage()) {
    if (command.startsWith("#")) useNewImage();
    else await moim.succeeds("sh", "-c", command);
  }

  expect(await moim.query("SHOW server_version")).toMatch(/^18\./);
  expect(before).toMatch(/^20 messages, [0-9a-f]{32}, 2 users, \d+ tokens$/);
  expect(await contents()).toBe(before);
  // Who was signed in still is, and the room goes on where it was.
  const again = await Line.open(moim.url, alice);
  const last = { roomId: room.id, clientId: randomUUID(), text: "still here" };
  // Repeated as a client would, while the new database has much to do.
  const sent = () => again.ask("message:send", last);
  await expect.poll(sent).toMatchObject({ message: { seq: MESSAGES + 1 } });
  again.close();
});

/** What the page's comments say, of the versions that there are: the volume, and the tag that is shipped. */
function useNewImage(): void {
  const renamed = editsOfPage()
    .filter(({ from }) => !from.startsWith("image:"))
    .reduce((file, { from, to }) => rewriteLine(file, from, to), shipped);
  moim.write("docker-compose.yml", renamed);
}

/** Everything people have written, as one number, and how much of it there is. */
function contents(): Promise<string> {
  return moim.query(`SELECT count(*) || ' messages, ' || md5(string_agg(m::text, '|' ORDER BY room_id, seq))
    || ', ' || (SELECT count(*) FROM auth.users) || ' users, '
    || (SELECT count(*) FROM auth.refresh_tokens) || ' tokens' FROM chat.messages m`);
}
