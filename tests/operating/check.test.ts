import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const CHECK = fileURLToPath(new URL("../../infra/check", import.meta.url));
const DAY_MS = 86_400_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moim-check-"));
  for (const name of ["infra", "backups", "secrets/tls", "bin"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  cpSync(CHECK, join(folder, "infra/check"));
  docker("/site-chat-1 running 0 healthy", "/site-migrate-1 exited 0 ");
  backupOf(DAY_MS);
  certificateOf(30);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An engine whose containers are in these states. */
function docker(...states: string[]): void {
  const ids = states.map((_, index) => index).join(" ");
  engine(`echo "${ids}"`, ...states.map((state, index) => `*" ${index}") echo "${state}" ;;`));
}

/** What compose does there, and what else is asked of it. */
function engine(compose: string, ...cases: string[]): void {
  const answers = [`info*) echo "${folder}" ;;`, `compose*) ${compose} ;;`, ...cases].join("\n");
  writeFileSync(join(folder, "bin/docker"), `#!/bin/sh\ncase "$*" in\n${answers}\nesac\n`);
  chmodSync(join(folder, "bin/docker"), 0o755);
}

function backupOf(ageMs: number): void {
  const file = join(folder, "backups/moim.dump");
  writeFileSync(file, "");
  const at = new Date(Date.now() - ageMs);
  utimesSync(file, at, at);
}

function certificateOf(days: number): void {
  const key = ["-newkey", "ed25519", "-nodes", "-keyout", join(folder, "key.pem")];
  const out = ["-out", join(folder, "secrets/tls/certificate.pem"), "-subj", "/CN=localhost"];
  execFileSync("openssl", ["req", "-x509", ...key, "-days", String(days), ...out], {
    stdio: "ignore",
  });
}

function check(environment: Record<string, string> = {}): { status: number | null; said: string } {
  const PATH = `${join(folder, "bin")}:${process.env.PATH}`;
  const env = { ...process.env, PATH, DISK_PERCENT_MAX: "100", ...environment };
  const { status, stdout, stderr } = spawnSync(join(folder, "infra/check"), {
    ...{ env, encoding: "utf8" },
  });
  return { status, said: `${stdout}${stderr}` };
}

it("says nothing where all is well", () => {
  expect(check()).toEqual({ status: 0, said: "" });
});

const wrong: readonly [
  what: string,
  so: () => void,
  said: string,
  environment?: Record<string, string>,
][] = [
  ["a disk that is full", () => {}, "is full by", { DISK_PERCENT_MAX: "-1" }],
  [
    "a container that hangs",
    () => docker("/site-chat-1 running 0 unhealthy"),
    "site-chat-1 does not answer",
  ],
  ["one that ended", () => docker("/site-redis-1 exited 137 unhealthy"), "site-redis-1 does not"],
  [
    "one that ends again and again",
    () => docker("/site-chat-2 restarting 1 "),
    "site-chat-2 does not run (restarting 1)",
  ],
  ["an old backup", () => backupOf(2 * DAY_MS), "no backup of the last 26 hours in backups"],
  ["no backup at all", () => rmSync(join(folder, "backups"), { recursive: true }), "no backup"],
  ["a certificate near its end", () => certificateOf(13), "certificate.pem ends within 14 days"],
  [
    "an engine that is away",
    () => writeFileSync(join(folder, "bin/docker"), "#!/bin/sh\nexit 1\n"),
    "docker does not answer",
  ],
  ["no container at all", () => docker(), "docker compose knows of no container"],
  [
    "a compose that cannot say",
    () => engine("echo 'failed to read .env' >&2; exit 1"),
    "docker compose knows of no container",
  ],
];

it.each(wrong)("says in a line of %s", (_, so, said, environment) => {
  so();
  const answer = check(environment);
  expect(answer.status).toBe(1);
  expect(answer.said.trimEnd().split("\n")).toEqual([expect.stringContaining(said)]);
});
