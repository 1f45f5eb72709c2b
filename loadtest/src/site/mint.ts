import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MintedUser } from "../clients/load-client.ts";

const AUTH_FOLDER = fileURLToPath(new URL("../../../services/auth", import.meta.url));
const OUTPUT_BYTES_MAX = 1 << 30;

const run = promisify(execFile);

/** Makes the users, or finds them again; each has a new session whose token lives for so long. */
export async function mintUsers(
  postgresUrl: string,
  users: number,
  ttlSeconds: number,
): Promise<MintedUser[]> {
  const { stdout } = await run(
    process.execPath,
    [
      ...["dist/mint.js", "--users", String(users)],
      ...["--prefix", "load", "--ttl-seconds", String(ttlSeconds)],
    ],
    {
      cwd: AUTH_FOLDER,
      env: { ...process.env, DATABASE_URL: postgresUrl, EMAIL_VERIFICATION: "off" },
      maxBuffer: OUTPUT_BYTES_MAX,
    },
  );
  return parseMinted(stdout);
}

/** The lines that `mint` prints. */
export function parseMinted(text: string): MintedUser[] {
  return text.split("\n").flatMap((line) => (line.trim() ? [JSON.parse(line) as MintedUser] : []));
}
