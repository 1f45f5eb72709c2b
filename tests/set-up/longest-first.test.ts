import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { LONGEST } from "./longest-first.ts";

test("the files that are begun first are still there", () => {
  const root = new URL("../../", import.meta.url);
  for (const file of LONGEST) expect(existsSync(new URL(file, root)), file).toBe(true);
});
