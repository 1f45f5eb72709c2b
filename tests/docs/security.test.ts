import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { namedTests, namesIn, whenItRuns } from "./named-tests.ts";

const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Pages whose tables name tests, and where the paths in them begin. */
const PAGES = [
  { page: "SECURITY.md", from: "services/auth/test", rows: 35 },
  { page: "docs/security-checklist.md", from: ".", rows: 70 },
];

describe.each(PAGES)("$page", ({ page, from, rows }) => {
  const tests = namedTests(readFileSync(join(CHECKOUT, page), "utf8"));

  it("names a test for nearly everything that it says", () => {
    expect(tests.length).toBeGreaterThan(rows);
  });

  it.each(tests)("says when a test does not run with every change: $file", ({ file, remark }) => {
    const runs = whenItRuns(relative(CHECKOUT, join(CHECKOUT, from, file)));
    const said = ["nightly", "with docker"].includes(remark) ? remark : "always";
    expect(said).toBe(runs);
  });

  it.each(tests)("names tests that there are: $file", ({ file, names }) => {
    const path = join(CHECKOUT, from, file);
    expect(existsSync(path), path).toBe(true);
    const written = namesIn(readFileSync(path, "utf8"));
    const missing = names.filter((name) => !written.some((text) => text.includes(name)));
    expect(missing).toEqual([]);
  });
});

describe("the names of tests in a page", () => {
  it("are read from the last cell of a row", () => {
    const page = [
      "| a | b | `x.test.ts`: does this; and … that |",
      "| a | `no.test.ts`: not here | `y.test.ts`; `../z.test.ts`: whole |",
      "| a | b | `v.test.ts` (with docker): up; `w.test.ts` (nightly) |",
      "`outside.test.ts`: no table",
    ].join("\n");
    expect(namedTests(page)).toEqual([
      { file: "x.test.ts", remark: "", names: ["does this", "and", "that"] },
      { file: "y.test.ts", remark: "", names: [] },
      { file: "../z.test.ts", remark: "", names: ["whole"] },
      { file: "v.test.ts", remark: "with docker", names: ["up"] },
      { file: "w.test.ts", remark: "nightly", names: [] },
    ]);
  });

  it("are found in a file in whatever form they are written", () => {
    const source = 'it("one", f); test.each([["(", 1]])("two %s", f); describe(`three`, f);';
    expect(namesIn(source)).toEqual(["one", "two %s", "three"]);
  });
});
