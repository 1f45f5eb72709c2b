import { createHash, randomUUID } from "node:crypto";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { writableFolder } from "../writable-folder.ts";

const TEMPLATES = join(CHECKOUT, ".cache", "postgres");

/**
 * A cluster as `initdb`, or what was done in it next, leaves it, with its password: throw-away ones begin as its
 * copies. A whole test run starts some fifty; `initdb` takes most of a second of a processor, and migrating as much.
 * `made` tells apart what makes them differ.
 */
export class ClusterTemplate {
  readonly #folder: string;

  constructor(made: readonly string[], templates = TEMPLATES) {
    const hash = createHash("sha256").update(JSON.stringify(made)).digest("hex");
    this.#folder = join(templates, hash.slice(0, 16));
  }

  get isKept(): boolean {
    return existsSync(this.#folder);
  }

  /** Fills `folder`, or does nothing where no cluster has been kept yet. */
  copyTo(folder: string): void {
    if (this.isKept) copy(this.#folder, folder);
  }

  /** Keeps the cluster in `folder`, which does not run. Whoever is first is kept; others' are as good. */
  keep(folder: string): void {
    const unfinished = `${this.#folder}.${randomUUID()}`;
    writableFolder(dirname(this.#folder), "the cache", 0o700);
    try {
      copy(folder, unfinished);
      renameSync(unfinished, this.#folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!this.isKept) throw error;
    }
  }
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
