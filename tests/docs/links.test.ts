import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

const pages = [
  ...readdirSync(CHECKOUT).filter((name) => name.endsWith(".md")),
  ...["docs/decisions", "docs/operating", "docs/runbook"].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder)).map((name) => join(folder, name)),
  ),
  "docs/scaling.md",
  "docs/security-checklist.md",
  "infra/kubernetes/README.md",
  "packages/client/README.md",
];

type Link = { text: string; target: string };

/** Links to files of the checkout, `[text](path)`, without those into the web and into the page. */
function linksOf(page: string): Link[] {
  const markdown = readFileSync(join(CHECKOUT, page), "utf8");
  return [...markdown.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)]
    .map(([, text = "", target = ""]) => ({ text, target: target.replace(/#.*$/, "") }))
    .filter(({ target }) => target !== "" && !/^[a-z]+:/.test(target));
}

describe.each(pages)("%s", (page) => {
  it("names only files, and names in them, that exist", () => {
    const broken = linksOf(page).filter(({ text, target }) => {
      const path = resolve(CHECKOUT, dirname(page), target);
      if (!existsSync(path)) return true;
      const name = /^`([A-Za-z]+)`$/.exec(text)?.[1];
      if (name === undefined || statSync(path).isDirectory()) return false;
      return !new RegExp(`\\b${name}\\b`).test(readFileSync(path, "utf8"));
    });
    expect(broken).toEqual([]);
  });
});

it("the architecture page names the code it speaks of", () => {
  expect(linksOf("ARCHITECTURE.md").length).toBeGreaterThan(20);
});
