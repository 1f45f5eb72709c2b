import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { BenchResult } from "../bench/result.ts";

const MAIN = fileURLToPath(new URL("../bench/main.ts", import.meta.url));

function ended(
  words: readonly string[],
): Promise<{ status: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", MAIN, ...words], (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
  });
}

type Run = {
  deliveriesPerSecond: number;
  cpuPerDelivery: number;
  answeredInAll: number;
  deliveredInAll: number;
};
/** Of the case's rooms: whoever is in one gets every message, the sender too. */
const MEMBERS = 20;

it("the bench measures both sides, loses nothing, and fails when a claim is higher than what it measured", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moim-bench-test-"));
  const json = join(folder, "result.json");
  try {
    const words = ["--quick", "--case", "rooms", "--claim", "rooms=1000", "--json", json];
    const run = await ended(words);
    expect(run.status, run.stderr).toBe(1);
    expect(run.stdout, run.stderr).toMatch(/50 rooms × 20.*≥ 3 \(claimed ≥ 1000\).*NO/);
    const [result] = (JSON.parse(readFileSync(json, "utf8")) as BenchResult).cases;
    expect(result).toMatchObject({ name: "rooms", claim: 1_000, ok: false });
    expect(result?.ratio, String(result?.readings.failure)).toBeGreaterThan(0);
    for (const side of ["relay", "moim"]) {
      const [measured] = (result?.readings[side] ?? []) as Run[];
      expect(measured?.deliveriesPerSecond, side).toBeGreaterThan(0);
      expect(measured?.cpuPerDelivery, side).toBeGreaterThan(0);
      expect(measured?.answeredInAll, side).toBeGreaterThan(0);
      expect(measured?.deliveredInAll, side).toBe((measured?.answeredInAll ?? 0) * MEMBERS);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
