import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { childrenOf } from "./children-of.ts";
import { type Fault, NotStruck } from "./fault.ts";
import { PROXY_SHUTDOWN_SECONDS, TOKEN_SECONDS, untilDone, type World } from "./world.ts";

const WORKERS_END_MS = 1_500;
const STEP_MS = 100;
const LOOK_EVERY_MS = 500;
const NEEDED_WITHIN_MS = TOKEN_SECONDS * 1_000;

const AUTH_FOLDER = fileURLToPath(new URL("../../../services/auth", import.meta.url));

/** While auth is down, sockets stay connected: the proxy, which cuts them off, is not reloaded meanwhile. */
const FRONT = "front";

export const authDown: Fault = {
  name: "auth down",
  resourceOf: () => FRONT,
  async strike({ world, wait, say }, { lastMs }) {
    say("kill -9 auth");
    const before = refusedByProxy(world);
    await world.cluster.auth.kill();
    await wait(lastMs);
    // Everybody renews their token before it runs out: with people who all came at once, perhaps not by now.
    for (let waitedMs = lastMs; waitedMs < NEEDED_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
      if (refusedByProxy(world) > before) break;
      await wait(LOOK_EVERY_MS);
    }
    const asked = refusedByProxy(world) - before;
    say(`auth was asked for ${asked} times in vain`);
    await untilDone(() => world.cluster.restartAuth());
    say("auth runs again");
    if (asked === 0) throw new NotStruck("nobody needed auth");
  },
};

/** Requests that the proxy could not pass on. */
function refusedByProxy({ cluster }: World): number {
  const lines = readFileSync(cluster.nginx.accessLog, "utf8").split("\n");
  return lines.filter((line) => line.includes('"/api/auth/') && line.includes('"status":50'))
    .length;
}

export const keysRotated: Fault = {
  name: "signing keys rotated",
  resourceOf: () => "keys",
  async strike({ world, wait, say, keyIds }, { lastMs }) {
    const before = keyIds();
    const isNewOneUsed = () => [...keyIds()].some((keyId) => !before.has(keyId));
    const env = {
      ...process.env,
      DATABASE_URL: world.cluster.postgresUrl,
      EMAIL_VERIFICATION: "off",
      ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_SECONDS),
    };
    const rotate = () =>
      promisify(execFile)(process.execPath, ["dist/keys.js", "rotate"], { cwd: AUTH_FOLDER, env });
    // As an operator would: again, while another fault has the database in hand.
    await untilDone(rotate);
    say("the signing keys were rotated");
    // Auth learns of it within seconds, people when they renew their tokens.
    for (let waitedMs = 0; waitedMs < lastMs && !isNewOneUsed(); waitedMs += STEP_MS) {
      await wait(STEP_MS);
    }
    if (!isNewOneUsed()) throw new NotStruck("nobody was given a token by the new key");
    say("tokens by the new key are in use");
  },
};

export const nginxReloaded: Fault = {
  name: "nginx reloaded",
  resourceOf: () => FRONT,
  async strike({ world, wait, say }, { lastMs }) {
    const { nginx } = world.cluster;
    const before = childrenOf(nginx.pid);
    nginx.reload();
    say("nginx reads its configuration again");
    await wait(Math.max(lastMs, PROXY_SHUTDOWN_SECONDS * 1_000 + WORKERS_END_MS));
    const left = childrenOf(nginx.pid).filter((pid) => before.includes(pid));
    if (left.length > 0) throw new Error(`${left.length} old workers of nginx go on`);
    say("its old workers are gone, with every connection that they had");
  },
};
