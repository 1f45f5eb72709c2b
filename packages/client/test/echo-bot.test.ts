import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Cluster, startCluster } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newPerson, PASSWORD, textsOf, until } from "./support/people.ts";

const BOT = fileURLToPath(new URL("../examples/echo-bot.ts", import.meta.url));
const README = fileURLToPath(new URL("../README.md", import.meta.url));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
}, 180_000);
afterAll(() => cluster?.stop());

test("the example of the README is the file that is run here", () => {
  expect(readFileSync(README, "utf8")).toContain(readFileSync(BOT, "utf8"));
});

test("the example bot answers each message once, in order", async () => {
  const account = await newPerson(cluster.url);
  await account.client.stop();
  const alice = await newPerson(cluster.url);
  const bot = spawn(process.execPath, ["--import", "tsx", BOT], {
    env: {
      ...process.env,
      MOIM_URL: cluster.url,
      BOT_EMAIL: account.email,
      BOT_PASSWORD: PASSWORD,
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise((resolve) => bot.once("exit", resolve));
  try {
    const room = alice.client.openRoom(await alice.client.createDirect(account.userId));
    await room.send("one");
    await room.send("two");
    const view = await until(room.timeline, (shown) => textsOf(shown).length === 4);
    const answers = textsOf(view).filter((text) => text.startsWith("You said"));
    expect(answers).toEqual(["You said: one", "You said: two"]);
  } finally {
    bot.kill("SIGTERM");
    await alice.client.stop();
  }
  expect(await ended).toBe(0);
});
