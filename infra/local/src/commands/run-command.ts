import { StartFailure } from "../process/start-failure.ts";
import { complain, say } from "../terminal.ts";

/** A command answers its exit code. */
export type Command = (parameters: readonly string[]) => Promise<number>;

/** Runs one of the commands of this folder and ends the process with its exit code. */
export async function runCommand(name: string, parameters: readonly string[]): Promise<void> {
  const command: { run: Command } = await import(`./${name}.ts`);
  process.exitCode = await command.run(parameters).catch((error: unknown) => {
    if (!(error instanceof StartFailure)) throw error;
    for (const line of error.details) say(`    ${line}`);
    complain(error.message);
    return 1;
  });
}
