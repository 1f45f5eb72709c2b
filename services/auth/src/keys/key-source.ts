import { readFile } from "node:fs/promises";
import type { Pool } from "pg";
import type { AuthConfig } from "../config.ts";
import { keysFromDatabase } from "./database-keys.ts";
import type { KeySource } from "./key-ring.ts";
import { parseKeySet } from "./key-set.ts";

/** `SIGNING_KEYS_FILE` is read anew each time, so that a rotation in it needs no restart. */
export function keySource({ signingKeys, signingKeysFile }: AuthConfig, pool: Pool): KeySource {
  if (signingKeysFile !== undefined) {
    return async () => parseKeySet(await readFile(signingKeysFile, "utf8"));
  }
  if (signingKeys !== undefined) return async () => signingKeys;
  return () => keysFromDatabase(pool);
}
