import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const COMPILER = join(TESTS, "..", "node_modules", ".bin", "tsc");
const OPTIONS = [
  ...["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "--pretty", "false"],
  ...["--module", "esnext", "--moduleResolution", "bundler"],
];

/**
 * What the compiler says of a source that may import what these tests may; empty when nothing is wrong.
 * Data written out as a literal is held against a published type strictly: no unknown field passes.
 */
export function typeErrorsOf(source: string): string[] {
  // Below the folder whose packages it imports, out of the way of whoever looks at sources.
  const folder = mkdtempSync(join(TESTS, "node_modules", ".typed-"));
  try {
    const file = join(folder, "data.ts");
    writeFileSync(file, source);
    const { status, stdout, error } = spawnSync(COMPILER, [...OPTIONS, file], { encoding: "utf8" });
    if (error) throw error;
    return status === 0 ? [] : stdout.split("\n").filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
