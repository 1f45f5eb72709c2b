import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Closes and opens what waits in the database. The first key seals, all of them open, so that keys
 * can be changed while something waits. `context` must be the same for both: what is sealed for one
 * row opens in no other.
 */
export class Seal {
  readonly #keys: () => readonly Buffer[];

  /** Asked each time, because keys rotate. */
  constructor(keys: () => readonly Buffer[]) {
    this.#keys = keys;
  }

  close(plain: string, context: string): Buffer {
    const [key] = this.#keys();
    if (key === undefined) throw new Error("a seal needs a key");
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** Undefined when none of the keys opens it, or it was changed. */
  open(sealed: Buffer, context: string): string | undefined {
    for (const key of this.#keys()) {
      try {
        return openWith(key, sealed, context);
      } catch {
        // The next key may be the right one.
      }
    }
    return undefined;
  }
}

function openWith(key: Buffer, sealed: Buffer, context: string): string {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag);
  const rest = sealed.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(rest), decipher.final()]).toString("utf8");
}
