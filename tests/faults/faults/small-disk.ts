import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIZE = "48m";
const FILL_BYTES = 48 * 1024 * 1024;
const FULL = "ENOSPC";

/** A disk of its own for the database's write-ahead log, so small that it can be filled. */
export class SmallDisk {
  readonly walFolder: string;
  readonly #mount: string;

  private constructor(mount: string) {
    this.#mount = mount;
    this.walFolder = join(mount, "wal");
    mkdirSync(this.walFolder, { mode: 0o700 });
    const owner = postgresOwner();
    chownSync(this.walFolder, owner.uid, owner.gid);
  }

  /** Or why there is none: only root may mount, and not everywhere. */
  static mount(): SmallDisk | { problem: string } {
    const folder = mkdtempSync(join(tmpdir(), "moim-small-disk-"));
    chmodSync(folder, 0o755);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=755`, "tmpfs", folder], {
        stdio: ["ignore", "ignore", "pipe"],
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      return { problem: `a small disk cannot be mounted here (${firstLine(error)})` };
    }
    return new SmallDisk(folder);
  }

  fill(): void {
    try {
      writeFileSync(this.#filler, Buffer.alloc(FILL_BYTES));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== FULL) throw error;
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync("umount", [this.#mount]);
    rmSync(this.#mount, { recursive: true, force: true });
  }

  get #filler(): string {
    return join(this.#mount, "filler");
  }
}

function postgresOwner(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user here: the next name, or whoever owns the folder.
    }
  }
  const { uid, gid } = statSync(tmpdir());
  return { uid, gid };
}

function firstLine(error: unknown): string {
  return (
    String(error instanceof Error ? error.message : error)
      .split("\n")
      .at(-1) ?? ""
  );
}
