import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT, SERVICES, serviceFolder, WEB_FOLDER } from "../checkout.ts";
import { releaseLock, waitForLock } from "../process/lock-file.ts";
import { StartFailure } from "../process/start-failure.ts";
import { say, step } from "../terminal.ts";
import { writableFolder } from "../writable-folder.ts";
import { inputHash } from "./input-hash.ts";
import { runPackageScript } from "./package-script.ts";

interface Target {
  readonly name: string;
  readonly folder: string;
  readonly output: string;
}

const CACHE = join(CHECKOUT, ".cache", "build");

const TARGETS: readonly Target[] = [
  ...SERVICES.map((name) => ({
    name,
    folder: serviceFolder(name),
    output: join(serviceFolder(name), "dist", "main.js"),
  })),
  { name: "web", folder: join(CHECKOUT, "web"), output: join(WEB_FOLDER, "index.html") },
];

/**
 * Builds whatever has changed since it was last built, and says so. Safe to call from several
 * processes at once: one builds, the others wait.
 */
export function build(signal?: AbortSignal): Promise<void> {
  return buildStale(TARGETS, signal);
}

/** The same for one service, for tests that run it as it is run. */
export function buildService(name: (typeof SERVICES)[number]): Promise<void> {
  return buildStale(TARGETS.filter((target) => target.name === name));
}

/**
 * Builds the chat service with the fail points of its test build, beside what is shipped. Resolves to the
 * program, as `chatProgram` of a cluster names it.
 */
export async function buildChatWithFailPoints(): Promise<string> {
  const ended = await runPackageScript(serviceFolder("chat"), "build:fail-points");
  if (!ended?.succeeded) {
    throw new StartFailure("the chat service's test build failed", ended?.output.split("\n") ?? []);
  }
  return ".cache/fail-points/main-with-fail-points.js";
}

async function buildStale(targets: readonly Target[], signal?: AbortSignal): Promise<void> {
  writableFolder(CACHE, "the build cache");
  const lock = join(CACHE, "lock");
  await waitForLock(lock, signal);
  try {
    const stale = targets
      .map((target) => ({ target, hash: hashOf(target) }))
      .filter(({ target, hash }) => !isBuilt(target, hash));
    if (stale.length > 0) say(`  building ${stale.map(({ target }) => target.name).join(", ")} …`);
    await Promise.all(stale.map(({ target, hash }) => buildOne(target, hash, signal)));
  } finally {
    releaseLock(lock);
  }
}

async function buildOne(target: Target, hash: string, signal?: AbortSignal): Promise<void> {
  rmSync(hashFile(target), { force: true });
  const ended = await step(`built ${target.name}`, async () => {
    const result = await runPackageScript(target.folder, "build", signal);
    if (result && !result.succeeded) {
      const lines = result.output.split("\n").filter(Boolean);
      throw new StartFailure(`${target.name} could not be built`, lines.slice(-30));
    }
    return result;
  });
  if (ended) writeFileSync(hashFile(target), hash);
}

function hashOf(target: Target): string {
  const packages = join(CHECKOUT, "packages");
  return inputHash(CHECKOUT, [
    target.folder,
    ...readdirSync(packages).flatMap((name) => [
      join(packages, name, "src"),
      join(packages, name, "package.json"),
    ]),
    join(CHECKOUT, "pnpm-lock.yaml"),
    join(CHECKOUT, "tsconfig.base.json"),
  ]);
}

function isBuilt(target: Target, hash: string): boolean {
  if (!existsSync(target.output) || !existsSync(hashFile(target))) return false;
  return readFileSync(hashFile(target), "utf8") === hash;
}

function hashFile(target: Target): string {
  return join(CACHE, `${target.name}.hash`);
}
