import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { type Ended, runToEnd } from "../process/run-to-end.ts";

/**
 * Runs a script of the package in `folder`, as pnpm would, without the second that starting pnpm
 * costs. `undefined` when the package has no such script.
 */
export async function runPackageScript(
  folder: string,
  script: string,
  signal?: AbortSignal,
): Promise<Ended | undefined> {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const command: unknown = manifest.scripts?.[script];
  if (typeof command !== "string") return undefined;
  const programs = [join(folder, "node_modules", ".bin"), join(CHECKOUT, "node_modules", ".bin")];
  return runToEnd("/bin/sh", ["-c", command], {
    directory: folder,
    environment: { ...process.env, PATH: [...programs, process.env.PATH].join(delimiter) },
    output: "keep",
    ...(signal ? { signal } : {}),
  });
}
