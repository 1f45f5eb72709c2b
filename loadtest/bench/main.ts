import { build } from "@moim/local";
import type { Case, Outcome, Settings } from "./cases/case.ts";
import { CLAIMS } from "./claims.ts";
import { readRequest } from "./request.ts";
import { type CaseResult, judge, machineFacts, saveResult } from "./result.ts";
import { tableOf } from "./table.ts";

/*
 * Moim beside a bare Socket.IO relay, on this machine, in one run: ratios, because rates belong to a machine.
 * `pnpm bench [--case NAME,…] [--quick] [--json FILE] [--claim NAME=RATIO]`
 */

/** A case that a side does not bear is a result too: the others are measured all the same. */
function outcomeOf(one: Case, settings: Settings): Promise<Outcome> {
  return one.measure(settings).catch((error: unknown) => ({
    moim: "failed",
    relay: "",
    ratio: Number.NaN,
    readings: { failure: String(error).slice(0, FAILURE_CHARACTERS_MAX) },
  }));
}

const FAILURE_CHARACTERS_MAX = 500;
const request = readRequest(process.argv.slice(2));
await build(new AbortController().signal);
const results: CaseResult[] = [];
for (const one of request.cases) {
  const claim = request.claims.get(one.name) ?? CLAIMS[one.name] ?? null;
  const result = judge(one, await outcomeOf(one, request.settings), claim);
  results.push(result);
  process.stderr.write(`${result.name}: ${result.ratio.toFixed(2)}\n`);
  // After each, so that a run that is cut short has not been for nothing.
  if (request.json) saveResult(request.json, { machine: machineFacts(), cases: [result] });
}
process.stdout.write(`${tableOf(results)}\n`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
