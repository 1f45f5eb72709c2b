import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Fault } from "./fault.ts";
import { revive, TOKEN_SECONDS } from "./world.ts";

const AUTH_FOLDER = fileURLToPath(new URL("../../../services/auth", import.meta.url));

export const authDown: Fault = {
  name: "auth down",
  resourceOf: () => "auth",
  async strike({ world, wait, say }, { lastMs }) {
    say("kill -9 auth");
    await world.cluster.auth.kill();
    await wait(lastMs);
    await revive(() => world.cluster.restartAuth());
    say("auth runs again");
  },
};

export const keysRotated: Fault = {
  name: "signing keys rotated",
  resourceOf: () => "keys",
  async strike({ world, say }) {
    const env = {
      ...process.env,
      DATABASE_URL: world.cluster.postgresUrl,
      EMAIL_VERIFICATION: "off",
      ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_SECONDS),
    };
    await promisify(execFile)(process.execPath, ["dist/keys.js", "rotate"], {
      cwd: AUTH_FOLDER,
      env,
    });
    say("the signing keys were rotated");
  },
};

export const nginxReloaded: Fault = {
  name: "nginx reloaded",
  resourceOf: () => "nginx",
  async strike({ world, wait, say }, { lastMs }) {
    world.cluster.nginx.reload();
    say("nginx reads its configuration again");
    await wait(lastMs);
  },
};
