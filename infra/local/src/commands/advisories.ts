import { checkAdvisories } from "../advisories/check-advisories.ts";
import { step } from "../terminal.ts";

/** `pnpm advisories`: known vulnerabilities of what the lock file holds; `pnpm test` asks as well. */
export async function run(): Promise<number> {
  await step("known vulnerabilities", checkAdvisories);
  return 0;
}
