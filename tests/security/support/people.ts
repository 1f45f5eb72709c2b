import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cluster } from "@moim/local";

export type Person = {
  userId: string;
  nickname: string;
  sessionId: string;
  accessToken: string;
  refreshToken: string;
};

const AUTH_FOLDER = fileURLToPath(new URL("../../../services/auth", import.meta.url));
/** Longer than any run. */
const TTL_SECONDS = 3_600;

/** New accounts, each with a session, without a password's time. */
export async function mint(cluster: Cluster, prefix: string, count: number): Promise<Person[]> {
  const options = ["--users", count, "--prefix", prefix, "--ttl-seconds", TTL_SECONDS].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/mint.js", ...options], {
    cwd: AUTH_FOLDER,
    env: { ...process.env, DATABASE_URL: cluster.postgresUrl },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
