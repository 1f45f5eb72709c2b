import { SERVICES, serviceFolder } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";
import { StartFailure } from "../process/start-failure.ts";

/** Brings the database of `environment.DATABASE_URL` up to date, from the build. */
export async function migrate(environment: NodeJS.ProcessEnv): Promise<void> {
  for (const name of SERVICES) {
    const ended = await runToEnd(process.execPath, ["dist/migrate.js"], {
      directory: serviceFolder(name),
      environment,
      output: "keep",
    });
    if (!ended.succeeded) {
      const lines = ended.output.split("\n").filter(Boolean);
      throw new StartFailure(
        `the ${name} database was not migrated: ${lines.at(-1) ?? "no reason given"}`,
      );
    }
  }
}
