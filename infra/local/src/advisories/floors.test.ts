import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKOUT } from "../checkout.ts";
import { belowFloors } from "./floors.ts";
import { readPolicy } from "./policy.ts";

const lock = (...names: string[]) => `packages:\n\n${names.map((name) => `  ${name}:\n`).join("")}`;
const floors = {
  ws: { from: "8.17.1", reason: "GHSA-3h5v-q93c-6h6q" },
  "@fastify/swagger-ui": { from: "2.1.0", reason: "GHSA-62jr-84gf-wmg4" },
};

describe("the floors of the lock file", () => {
  it("hold a version that is older, wherever it stands", () => {
    expect(belowFloors(lock("ws@8.21.3", "ws@7.5.9", "zod@4.6.7"), floors)).toEqual([
      "ws 7.5.9 is below 8.17.1 (GHSA-3h5v-q93c-6h6q)",
    ]);
  });

  it.each(["8.17.0", "8.9.99", "8.17.1-rc.1"])("are over ws %s", (version) => {
    expect(belowFloors(lock(`ws@${version}`), floors)).toHaveLength(1);
  });

  it.each(["8.17.1", "8.18.0", "8.100.0", "9.0.0-beta.1", "10.0.0"])(
    "let ws %s pass",
    (version) => {
      expect(belowFloors(lock(`ws@${version}`), floors)).toEqual([]);
    },
  );

  it("know packages with a scope, and once however often they are named", () => {
    const named = ["'@fastify/swagger-ui@2.0.9'", "'@fastify/swagger-ui@2.0.9(ws@8.21.3)'"];
    expect(belowFloors(lock(...named), floors)).toHaveLength(1);
  });

  it("do not take a file that names nothing for a good one", () => {
    expect(() => belowFloors("lockfileVersion: '10.0'\n", floors)).toThrow("names no packages");
  });

  it("are kept, and are of packages that we have", () => {
    const text = readFileSync(join(CHECKOUT, "pnpm-lock.yaml"), "utf8");
    const policy = readPolicy();
    expect(belowFloors(text, policy.floors)).toEqual([]);
    const sky = Object.fromEntries(
      Object.keys(policy.floors).map((name) => [name, { from: "9999.0.0", reason: "" }]),
    );
    const found = new Set(belowFloors(text, sky).map((line) => line.split(" ", 1)[0]));
    expect([...found].sort()).toEqual(Object.keys(policy.floors).sort());
  });
});
