import { ConfigurationError } from "./environment.ts";
import type { Logger } from "./logger.ts";

/**
 * Runs a service's or tool's main function. A wrong configuration, a used port and the like end
 * the process with exit code 1 and one line on standard error; a bug shows its stack.
 */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${describeStartFailure(error)}\n`);
    process.exit(1);
  });
}

export function describeStartFailure(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, address, hostname, port } = error as SystemError;
  if (code === "EADDRINUSE") return `PORT ${port} on ${address} is in use by another process`;
  if (code === "EACCES" && port !== undefined) return `PORT ${port} needs more privileges`;
  if (code === "ECONNREFUSED") return `nothing answers at ${addressesOf(error).join(" or ")}`;
  if (code === "ENOTFOUND") return `no host is called ${hostname}`;
  if (REFUSED_BY_POSTGRES.test(code ?? "")) return `DATABASE_URL is refused: ${error.message}`;
  return error.stack ?? error.message;
}

/** SQLSTATE: the user, the password or the database's name is not accepted. */
const REFUSED_BY_POSTGRES = /^(28\w{3}|3D000)$/;

type SystemError = NodeJS.ErrnoException & { address?: string; hostname?: string; port?: number };

/** A name such as `localhost` has several addresses, and each was tried. */
function addressesOf(error: Error): string[] {
  const attempts: SystemError[] = error instanceof AggregateError ? error.errors : [error];
  return attempts.map(({ address, port }) => `${address}:${port}`);
}

/**
 * Calls `close` once on SIGTERM or SIGINT and exits 0 when it is done, 1 when it throws or is not done
 * within `deadlineMs`: a process that has been told to go does go, whatever it waits for. A second
 * signal ends it at once.
 */
export function closeOnSignal(
  close: () => Promise<void>,
  logger: Logger,
  deadlineMs: number,
): void {
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isClosing) {
      logger.warn({ signal }, "second signal: leaving at once");
      process.exit(1);
    }
    isClosing = true;
    logger.info({ signal }, "shutting down");
    setTimeout(() => {
      const resources = [...new Set(process.getActiveResourcesInfo())];
      logger.error({ deadlineMs, resources }, "shutdown is not done in time: leaving as it is");
      process.exit(1);
    }, deadlineMs);
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, "shutdown failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
