import { spawnSync } from "node:child_process";
import { findProgram } from "./find-program.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/**
 * A Chromium that runs: CHROMIUM_PATH, else one of the usual names. Some distributions install a
 * program of that name which only says where to get the real one; it does not count.
 */
export function findChromium(): string | undefined {
  const candidates = [process.env.CHROMIUM_PATH, ...NAMES.map((name) => findProgram(name))];
  return candidates.find((path) => path && spawnSync(path, ["--version"]).status === 0);
}
