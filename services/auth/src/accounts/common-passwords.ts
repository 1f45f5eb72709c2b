import { Failure } from "@moim/protocol";
import { dictionary } from "@zxcvbn-ts/language-common";

/** The 50,000 passwords that leaks hold most often, in small letters. */
const COMMON: ReadonlySet<string> = new Set(dictionary["passwords-common"]);

/**
 * Whether it is a known password as a whole, whatever its case. One that only begins like one (`Password1!`) keeps
 * the rule that we publish and is taken: a refusal that no rule explains costs more than it guards, where wrong
 * passwords are limited.
 */
export function isCommonPassword(password: string): boolean {
  return COMMON.has(password.normalize("NFKC").toLowerCase());
}

/** Throws `bad_request` that names the field. */
export function requireUncommonPassword(password: string, field: string): void {
  if (!isCommonPassword(password)) return;
  const message = "is one of those that are tried first; choose another";
  throw new Failure("bad_request", `${field}: ${message}`, {
    errors: [{ path: field, message }],
  });
}
