import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const HERE = dirname(fileURLToPath(import.meta.url));
const CHECKOUT = join(HERE, "..", "..");

let folder = "";
beforeEach(() => {
  // Within the checkout, so that the files find vitest.
  folder = mkdtempSync(join(HERE, "sample-"));
  writeFileSync(
    join(folder, "vitest.config.ts"),
    `import { ClosingLine } from "../closing-line.ts";
     export default { test: { include: ["*.sample.ts"], reporters: ["default", new ClosingLine()] } };`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lastLineOf(files: Record<string, string>): string | undefined {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.sample.ts`), `import { test } from "vitest";\n${text}`);
  }
  const vitest = join(CHECKOUT, "node_modules", ".bin", "vitest");
  const { MOIM_TEST_COUNTS: _, ...environment } = process.env;
  const answer = spawnSync(vitest, ["run", "--root", folder], {
    encoding: "utf8",
    env: environment,
  });
  return answer.stdout.trimEnd().split("\n").at(-1);
}

test("passed, failed and skipped tests are counted; a file that cannot be read is one failure", () => {
  const line = lastLineOf({
    mixed: `test("a", () => {}); test("b", () => { throw new Error("b"); }); test.skip("c", () => {});`,
    broken: `import "./nowhere.ts";`,
  });
  expect(line).toBe("1 passed, 2 failed, 1 skipped");
});

test("an error outside every test is a failure", () => {
  const line = lastLineOf({
    stray: `test("a", () => { void Promise.reject(new Error("stray")); });`,
  });
  expect(line).toBe("1 passed, 1 failed");
});

test("nothing skipped, nothing said about it", () => {
  expect(lastLineOf({ fine: `test("a", () => {});` })).toBe("1 passed, 0 failed");
});
