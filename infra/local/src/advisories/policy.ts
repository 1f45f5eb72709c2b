import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../checkout.ts";

export const SEVERITIES = ["info", "low", "moderate", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What we make of known vulnerabilities, as infra/advisories.json says. */
export type Policy = {
  /** Less severe ones are named and fail nothing. */
  readonly failsFrom: Severity;
  /** Advisories that do not concern us, until the day (YYYY-MM-DD) on which somebody looks again. */
  readonly accepted: readonly { id: string; reason: string; until: string }[];
  /**
   * Versions below which a package must never fall again. Checked in the lock file alone: no registry
   * has to answer for it.
   */
  readonly floors: Readonly<Record<string, { from: string; reason: string }>>;
};

export function readPolicy(): Policy {
  return JSON.parse(readFileSync(join(CHECKOUT, "infra", "advisories.json"), "utf8"));
}
