import { existsSync } from "node:fs";
import { findChromium } from "../process/find-chromium.ts";
import { findProgram } from "../process/find-program.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";
import { redisOnThisMachine } from "../redis/start-redis.ts";
import { say } from "../terminal.ts";

interface Need {
  readonly what: string;
  readonly packages: readonly string[];
  isMet(): boolean;
}

const NEEDS: readonly Need[] = [
  {
    what: "Redis 7 or newer",
    packages: ["redis-server"],
    isMet: () => redisOnThisMachine().state === "usable",
  },
  {
    what: "ShellCheck",
    packages: ["shellcheck"],
    isMet: () => findProgram("shellcheck") !== undefined,
  },
  { what: "Nginx", packages: ["nginx"], isMet: () => findProgram("nginx") !== undefined },
  {
    what: "PgBouncer",
    packages: ["pgbouncer"],
    isMet: () => findProgram("pgbouncer") !== undefined,
  },
  {
    what: "promtool",
    packages: ["prometheus"],
    isMet: () => findProgram("promtool") !== undefined,
  },
  {
    what: "Chromium",
    // With a font for Hangul: without one every syllable is the same empty box.
    packages: ["chromium", "fonts-noto-cjk"],
    isMet: () => findChromium() !== undefined,
  },
];

/**
 * Packages start their servers when installed; ours are started by the tests, on ports of their
 * own. This file forbids it, as image builders do, and is removed afterwards.
 */
const POLICY = "/usr/sbin/policy-rc.d";

const INSTALL = `
set -e
if [ ! -e ${POLICY} ]; then
  trap 'rm -f ${POLICY}' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > ${POLICY}
  chmod 755 ${POLICY}
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=120 update -qq
apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$@"
`;

/**
 * Installs what the tests need of the system and is missing: by apt-get, as root or with a sudo
 * that asks nothing. Elsewhere it fails with one line that says what to install.
 */
export async function installSystemPackages(): Promise<void> {
  const missing = NEEDS.filter((need) => !need.isMet());
  if (missing.length === 0) return;
  const whatIsMissing = missing.map((need) => need.what).join(", ");
  const asRoot = await rootCommand();
  if (findProgram("apt-get") === undefined || asRoot === undefined) {
    throw new StartFailure(`the tests need ${whatIsMissing}: please install and run again`);
  }
  const packages = missing.flatMap((need) => need.packages);
  say(`  installing ${packages.join(", ")} …`);
  const [command, ...parameters] = [...asRoot, "/bin/sh", "-c", INSTALL, "install", ...packages];
  const ended = await runToEnd(command, parameters, { directory: "/", output: "keep" });
  const stillMissing = missing.filter((need) => !need.isMet()).map((need) => need.what);
  if (stillMissing.length > 0) {
    const lines = ended.output.split("\n").filter(Boolean);
    throw new StartFailure(
      `the tests need ${stillMissing.join(", ")}, which apt-get could not install: please install by hand`,
      lines.slice(-10),
    );
  }
}

/** What to put before a command so that root runs it; `undefined` where that is not to be had. */
async function rootCommand(): Promise<[string, ...string[]] | undefined> {
  if (process.getuid?.() === 0) return ["/usr/bin/env"];
  const sudo = findProgram("sudo");
  if (sudo === undefined || !existsSync("/etc/debian_version")) return undefined;
  const asked = await runToEnd(sudo, ["-n", "true"], { directory: "/", output: "keep" });
  return asked.succeeded ? [sudo, "-n"] : undefined;
}
