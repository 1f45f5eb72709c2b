import { hkdfSync } from "node:crypto";
import type { JWK } from "jose";
import type { SigningKey } from "./signing-key.ts";

/** The keys in use: the first signs, all verify and are published. */
export class KeyRing {
  readonly current: SigningKey;
  readonly #keys: ReadonlyMap<string, SigningKey>;

  constructor(keys: readonly SigningKey[]) {
    const [current] = keys;
    if (current === undefined) throw new Error("a key ring needs a key");
    this.current = current;
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
  }

  find(kid: unknown): SigningKey | undefined {
    return typeof kid === "string" ? this.#keys.get(kid) : undefined;
  }

  publicJwks(): { keys: JWK[] } {
    return { keys: [...this.#keys.values()].map((key) => key.publicJwk) };
  }

  /**
   * Keys for one other purpose, derived from each of ours, the current one's first. In production
   * they stand nowhere in the database, so what is hashed under them survives a stolen dump.
   */
  deriveKeys(purpose: string): Buffer[] {
    return [...this.#keys.values()].map((key) =>
      Buffer.from(hkdfSync("sha256", key.secret, "", purpose, 32)),
    );
  }
}
