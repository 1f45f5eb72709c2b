import { parseCommand } from "./arguments/parse-arguments.ts";
import { USAGE } from "./arguments/usage.ts";
import { UsageError } from "./arguments/usage-error.ts";
import { runCommand } from "./commands/run.ts";
import { USAGE_EXIT_CODE } from "./run/result.ts";

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort());
process.once("SIGTERM", () => stopping.abort());

async function main(parameters: readonly string[]): Promise<number> {
  const command = parseCommand(parameters);
  switch (command.name) {
    case "run":
      return runCommand(command.options, stopping.signal);
    case "help":
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError(`${command.name} is not there yet`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isForPeople = error instanceof UsageError || (error as Error).name === "StartFailure";
  process.stderr.write(
    `moim: ${isForPeople ? (error as Error).message : (error as Error).stack}\n`,
  );
  process.exitCode = USAGE_EXIT_CODE;
}
