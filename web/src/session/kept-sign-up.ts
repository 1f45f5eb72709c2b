import { keep } from "../appearance/storage.ts";

/** What is kept of a sign-up that waits for its code. Never the password. */
export type KeptSignUp = {
  readonly email: string;
  readonly name: string;
  readonly nickname: string;
  readonly resendAtMs: number;
  /** Until then the code that was sent can be entered. */
  readonly expiresAtMs: number;
};

const KEY = "moim.sign-up";

/** Null where nothing waits for a code that may still come. */
export function keptSignUp(storage: Storage, nowMs: number): KeptSignUp | null {
  const kept = parsed(storage.getItem(KEY) ?? "null");
  return kept !== null && nowMs < kept.expiresAtMs ? kept : null;
}

/** A phone drops the page's tab while somebody looks for the code in their mail: it is there again. */
export function keepSignUp(storage: Storage, kept: KeptSignUp): void {
  keep(storage, KEY, JSON.stringify(kept));
}

export function forgetSignUp(storage: Storage): void {
  storage.removeItem(KEY);
}

/** Null for whatever was not kept by this version of the page. */
function parsed(json: string): KeptSignUp | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const { email, name, nickname, resendAtMs, expiresAtMs } = Object(value) as Record<
    string,
    unknown
  >;
  if (typeof email !== "string" || typeof name !== "string") return null;
  if (typeof nickname !== "string") return null;
  if (typeof resendAtMs !== "number" || typeof expiresAtMs !== "number") return null;
  return { email, name, nickname, resendAtMs, expiresAtMs };
}
