import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cluster } from "@moim/local";

const AUTH_FOLDER = fileURLToPath(new URL("../../../services/auth", import.meta.url));

export type Minted = {
  userId: string;
  nickname: string;
  sessionId: string;
  accessToken: string;
  expiresAt: number;
  refreshToken: string;
};

/** Users with a session each, straight from the database: signing up hashes passwords, on purpose slowly. */
export async function mint(
  cluster: Cluster,
  prefix: string,
  users: number,
  ttlSeconds: number,
): Promise<Minted[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...["dist/mint.js", "--users", String(users), "--prefix", prefix],
      ...["--ttl-seconds", String(ttlSeconds)],
    ],
    {
      cwd: AUTH_FOLDER,
      env: { ...process.env, DATABASE_URL: cluster.postgresUrl, EMAIL_VERIFICATION: "off" },
      maxBuffer: 1 << 26,
    },
  );
  return stdout.split("\n").flatMap((line) => (line ? [JSON.parse(line) as Minted] : []));
}
