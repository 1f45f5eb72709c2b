import { build } from "@moim/local";
import { CLAIMS } from "./claims.ts";
import { readRequest } from "./request.ts";
import { type CaseResult, judge, machineFacts, saveResult } from "./result.ts";
import { tableOf } from "./table.ts";

/*
 * Moim beside a bare Socket.IO relay, on this machine, in one run: ratios, because rates belong to a machine.
 * `pnpm bench [--case NAME,…] [--quick] [--json FILE] [--claim NAME=RATIO]`
 */

const request = readRequest(process.argv.slice(2));
await build(new AbortController().signal);
const results: CaseResult[] = [];
for (const one of request.cases) {
  const claim = request.claims.get(one.name) ?? CLAIMS[one.name] ?? null;
  const result = judge(one, await one.measure(request.settings), claim);
  results.push(result);
  process.stderr.write(`${result.name}: ${result.ratio.toFixed(2)}\n`);
  // After each, so that a run that is cut short has not been for nothing.
  if (request.json) saveResult(request.json, { machine: machineFacts(), cases: [result] });
}
process.stdout.write(`${tableOf(results)}\n`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
