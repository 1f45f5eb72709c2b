import { join } from "node:path";
import { inputHash } from "../build/input-hash.ts";
import { migrate } from "../build/migrate.ts";
import { CHECKOUT, SERVICES, serviceFolder } from "../checkout.ts";
import {
  preparedTemplate,
  type RunningPostgres,
  type StartPostgresOptions,
  startPostgres,
} from "./start-postgres.ts";

/** All that what migrating leaves depends on. */
const MIGRATIONS = [
  ...SERVICES.flatMap((name) => [
    join(serviceFolder(name), "drizzle"),
    join(serviceFolder(name), "src", "migrations.ts"),
  ]),
  join(CHECKOUT, "packages", "service", "src", "migrations.ts"),
];

/**
 * Starts a Postgres that is thrown away and up to date: the first time with these migrations they are applied by the
 * build, which has to be there; from then on it is a copy of that.
 */
export async function startMigratedPostgres(
  settings?: StartPostgresOptions["settings"],
): Promise<RunningPostgres> {
  const template = await preparedTemplate(inputHash(CHECKOUT, MIGRATIONS), (url) =>
    migrate({ DATABASE_URL: url }),
  );
  return startPostgres({ template, ...(settings ? { settings } : {}) });
}
