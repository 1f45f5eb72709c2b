import { expect, it } from "vitest";
import { versionOf } from "./version-of.ts";

it("asks the program that a process runs", () => {
  expect(`v${versionOf(process.pid, "--version")}`).toBe(process.version);
});
