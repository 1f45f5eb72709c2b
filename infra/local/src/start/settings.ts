import { join, resolve } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { StartFailure } from "../process/start-failure.ts";

const PORT = 8080;

export interface StartSettings {
  readonly port: number;
  /** Absolute; whoever starts something makes it. */
  readonly dataFolder: string;
  /** Whether the caller named a database, which is then used instead of the embedded one. */
  readonly hasDatabase: boolean;
  /** Whether the caller named a Redis, which is then used instead of one of our own. */
  readonly hasRedis: boolean;
}

/** Reads MOIM_PORT, MOIM_DATA_FOLDER, DATABASE_URL, REDIS_URL and NODE_ENV; throws at the first that is wrong. */
export function readStartSettings(environment: NodeJS.ProcessEnv): StartSettings {
  const isGiven = (name: string): boolean =>
    Boolean(environment[name] || environment[`${name}_FILE`]);
  if (environment.NODE_ENV === "production" && !isGiven("DATABASE_URL")) {
    throw new StartFailure(
      "DATABASE_URL is not set: with NODE_ENV=production no embedded database is started",
    );
  }
  return {
    port: readPort(environment.MOIM_PORT),
    dataFolder: resolve(environment.MOIM_DATA_FOLDER || join(CHECKOUT, ".data")),
    hasDatabase: isGiven("DATABASE_URL"),
    hasRedis: isGiven("REDIS_URL"),
  };
}

function readPort(text: string | undefined): number {
  if (!text) return PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new StartFailure(`MOIM_PORT must be a whole number from 1 to 65535, not ${text}`);
  }
  return port;
}
