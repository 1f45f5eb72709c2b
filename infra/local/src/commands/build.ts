import { build } from "../build/build.ts";
import { say } from "../terminal.ts";

/** `pnpm build`: services and web, whatever has changed. */
export async function run(): Promise<number> {
  await build();
  say("Built.");
  return 0;
}
