import { complain, say } from "../terminal.ts";
import { closingLine } from "../testing/counts.ts";
import { dockerProblem } from "../testing/docker-problem.ts";
import { runVitest } from "../testing/run-vitest.ts";

const WHERE_POSSIBLE = "--where-possible";
const LONG = "--long";

/**
 * `pnpm test:compose`: the shipped docker-compose.yml, run for real by the docker that is here. Without
 * one it fails and says why; with `--where-possible` it only says why. With `--long` it also runs what
 * is for the night.
 */
export async function run(parameters: readonly string[]): Promise<number> {
  const ours = ["--", WHERE_POSSIBLE, LONG];
  const rest = parameters.filter((text) => !ours.includes(text));
  const problem = await dockerProblem();
  if (problem !== undefined) {
    complain(`the docker compose tests were not run: ${problem}`);
    return parameters.includes(WHERE_POSSIBLE) ? 0 : 1;
  }
  // One installation after the other: each has databases, nodes and people of its own.
  const projects = [
    "--project=compose",
    ...(parameters.includes(LONG) ? ["--project=compose-long"] : []),
  ];
  const options = [...projects, "--no-file-parallelism", ...rest];
  const counts = await runVitest(options, "show");
  say(closingLine(counts));
  return counts.failed === 0 ? 0 : 1;
}
