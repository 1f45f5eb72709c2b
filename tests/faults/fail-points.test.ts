import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildChatWithFailPoints, buildService } from "@moim/local";
import { expect, test } from "vitest";
import { FAIL_POINTS } from "./faults/fail-points.ts";

const CHAT = fileURLToPath(new URL("../../services/chat", import.meta.url));

test("the test build has the fail points, and nothing that is shipped has a trace of them", async () => {
  await buildService("chat");
  const testBuild = readFileSync(join(CHAT, await buildChatWithFailPoints()), "utf8");
  const shipped = readdirSync(join(CHAT, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(js|map)$/.test(file))
    .map((file) => readFileSync(join(CHAT, "dist", file), "utf8"));
  expect(shipped.length).toBeGreaterThan(0);
  for (const trace of [...FAIL_POINTS, "FAIL_POINT_FOLDER", "installFailPoints"]) {
    expect(testBuild).toContain(trace);
    for (const file of shipped) expect(file).not.toContain(trace);
  }
});
