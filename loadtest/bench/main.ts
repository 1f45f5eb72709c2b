import { build } from "@moim/local";
import type { Case, Outcome, Settings } from "./cases/case.ts";
import { CLAIMS } from "./claims.ts";
import { readRequest } from "./request.ts";
import { buildFacts, type CaseResult, failed, judge, machineFacts, saveResult } from "./result.ts";
import { tableOf } from "./table.ts";

/*
 * Moim beside a bare Socket.IO relay, on this machine, in one run: ratios, because rates belong to a machine.
 * `pnpm bench [--case NAME,…] [--quick] [--json FILE] [--claim NAME=RATIO]`
 */

/** A case that a side does not bear is a result too: the others are measured all the same. */
function outcomeOf(one: Case, settings: Settings): Promise<Outcome> {
  return one.measure(settings).catch(failed);
}

const request = readRequest(process.argv.slice(2));
await build(new AbortController().signal);
const facts = buildFacts();
const results: CaseResult[] = [];
for (const one of request.cases) {
  const claim = request.claims.get(one.name) ?? CLAIMS[one.name] ?? null;
  const outcome = await outcomeOf(one, request.settings);
  const result = { ...judge(one, outcome, claim), ...facts };
  results.push(result);
  process.stderr.write(
    `${result.name}: ${result.failure ?? result.ratio?.toFixed(2) ?? result.moim}\n`,
  );
  // After each, so that a run that is cut short has not been for nothing.
  if (request.json) saveResult(request.json, { machine: machineFacts(), cases: [result] });
}
process.stdout.write(`${tableOf(results)}\n`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
