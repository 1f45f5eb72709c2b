import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

const TOKEN_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

export function makeRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Whether the text could be one of ours at all; an access token, say, could not. */
export function isRefreshToken(text: string): boolean {
  return TOKEN_FORM.test(text);
}

/** What is stored. A fast hash is enough: there is nothing to guess in 256 random bits. */
export function hashRefreshToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * Encrypts a token's successor so that only a holder of the token can read it: the key is derived
 * from the token, which is stored nowhere. So the answer to a refresh can be repeated although
 * the database holds no token.
 */
export function sealSuccessor(token: string, successor: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(token), iv);
  const sealed = Buffer.concat([cipher.update(successor, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** Throws when `token` is not the one that it was sealed with, or when a byte has changed. */
export function openSuccessor(token: string, sealed: Buffer): string {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", sealingKey(token), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(tag);
  const text = decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8");
  return text + decipher.final("utf8");
}

function sealingKey(token: string): Buffer {
  return Buffer.from(hkdfSync("sha256", token, "", "moim refresh token successor", 32));
}
