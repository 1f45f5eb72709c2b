import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Page } from "playwright-core";

const TEXT = /\.(js|css|html|webmanifest|svg)$/;
/** A built file, as "index-uH0ZSeNo.js". */
const HASHED = /^(.+)-([\w-]{8})\.(js|css)$/;
const SHELL_VERSION = /(version\W+)[0-9a-f]{16}/;

/**
 * Puts another version of the page where this one is served: the same code, whose entry says what it is called
 * (`buildOf`). As after a build of changed sources, every built file has another name, wherever it is named,
 * and what was there before is gone.
 */
export function deploy(webFolder: string, name: string): void {
  const next = `${webFolder}.next`;
  const paths = readdirSync(webFolder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(webFolder, path)).isFile(),
  );
  const newNames = new Map(
    paths.flatMap((path) => {
      const [file, title, hash, type] = HASHED.exec(basename(path)) ?? [];
      return file === undefined
        ? []
        : [[file, `${title}-${digest(hash + name).slice(0, 8)}.${type}`] as const];
    }),
  );
  for (const path of paths) {
    const target = join(next, dirname(path), newNames.get(basename(path)) ?? basename(path));
    mkdirSync(dirname(target), { recursive: true });
    const content = readFileSync(join(webFolder, path));
    writeFileSync(target, TEXT.test(path) ? renamed(content.toString(), newNames) : content);
  }
  sayBuild(next, name);
  renameSync(webFolder, `${webFolder}.before`);
  renameSync(next, webFolder);
  rmSync(`${webFolder}.before`, { recursive: true });
}

/** What the version that a page shows is called; null for the one that was built. */
export function buildOf(page: Page): Promise<string | null> {
  return page.evaluate(() => document.documentElement.getAttribute("data-build"));
}

function renamed(text: string, newNames: ReadonlyMap<string, string>): string {
  let changed = text;
  for (const [before, after] of newNames) changed = changed.replaceAll(before, after);
  return changed;
}

function sayBuild(folder: string, name: string): void {
  const [, entry = ""] =
    /src="(\/assets\/[^"]+)"/.exec(readFileSync(join(folder, "index.html"), "utf8")) ?? [];
  change(join(folder, entry), (code) => {
    // Before what the version before has said of itself.
    return `document.documentElement.dataset.build??=${JSON.stringify(name)};${code}`;
  });
  change(join(folder, "sw.js"), (code) =>
    code.replace(SHELL_VERSION, `$1${digest(name).slice(0, 16)}`),
  );
}

function change(path: string, edit: (text: string) => string): void {
  const text = readFileSync(path, "utf8");
  const edited = edit(text);
  if (edited === text) throw new Error(`${path} is not what it was taken for`);
  writeFileSync(path, edited);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
