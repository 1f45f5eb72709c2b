import { parseCommand } from "./arguments/parse-arguments.ts";
import { USAGE } from "./arguments/usage.ts";
import { UsageError } from "./arguments/usage-error.ts";
import { capacityCommand } from "./commands/capacity.ts";
import { compareCommand } from "./commands/compare.ts";
import { runCommand } from "./commands/run.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { USAGE_EXIT_CODE } from "./run/result.ts";

/** As a shell says of what Ctrl-C has ended. */
const STOPPED_EXIT_CODE = 130;

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort());
process.once("SIGTERM", () => stopping.abort());

async function main(parameters: readonly string[]): Promise<number> {
  const command = parseCommand(parameters);
  switch (command.name) {
    case "run":
      return runCommand(command.options, stopping.signal);
    case "capacity":
      return capacityCommand(command.options, stopping.signal);
    case "sweep":
      return sweepCommand(command.options, command.nodeCounts, stopping.signal);
    case "compare":
      return compareCommand(command.files);
    case "help":
      process.stdout.write(USAGE);
      return 0;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (stopping.signal.aborted) {
    process.stderr.write("moim: stopped, without a verdict\n");
    process.exit(STOPPED_EXIT_CODE);
  }
  const isForPeople = error instanceof UsageError || (error as Error).name === "StartFailure";
  process.stderr.write(
    `moim: ${isForPeople ? (error as Error).message : (error as Error).stack}\n`,
  );
  process.exitCode = USAGE_EXIT_CODE;
}
