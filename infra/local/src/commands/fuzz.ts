import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { StartFailure } from "../process/start-failure.ts";
import { say } from "../terminal.ts";
import { closingLine } from "../testing/counts.ts";
import { runVitest } from "../testing/run-vitest.ts";

const INPUTS = 10_000;
const SEED_MAX = 2 ** 31 - 1;
const FILES = ["tests/security/fuzz.test.ts", "services/chat/test/fuzz.test.ts"];

/**
 * `pnpm fuzz --inputs 10000 --seed 7`: the services fed with wrong events, requests and bytes. A few
 * hundred of them, with one seed, are part of `pnpm test`. Without `--seed` it draws one and says which.
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: parameters.filter((text) => text !== "--"),
    options: { inputs: { type: "string" }, seed: { type: "string" } },
  });
  const inputs = wholeNumber("--inputs", values.inputs ?? String(INPUTS));
  const seed = wholeNumber("--seed", values.seed ?? String(randomInt(SEED_MAX)));
  say(`  ${inputs} inputs, seed ${seed}`);
  process.env.MOIM_FUZZ_INPUTS = String(inputs);
  process.env.MOIM_FUZZ_SEED = String(seed);
  const counts = await runVitest(["--project=integration", "--project=system", ...FILES], "show");
  say(closingLine(counts));
  return counts.failed === 0 ? 0 : 1;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new StartFailure(`${option} must be a whole number`);
  return Number(text);
}
