import { Failure } from "@moim/protocol";
import { dictionary } from "@zxcvbn-ts/language-common";

/**
 * The 50,000 passwords that leaks hold most often. Hardly any of them has a letter, a digit and a
 * symbol, because people meet such a rule by appending to a password that they know: `Password1!`.
 */
const COMMON: ReadonlySet<string> = new Set(dictionary["passwords-common"]);

/** So much is looked past at the end; what is longer is more than an afterthought. */
const APPENDED_CHARACTERS_MAX = 4;
const APPENDED = /[\p{Nd}\p{P}\p{S}]$/u;

/** Whether a guesser would come to it early: a known password, whatever its case, with a little appended. */
export function isCommonPassword(password: string): boolean {
  let rest = password.normalize("NFKC").toLowerCase();
  for (let removed = 0; removed <= APPENDED_CHARACTERS_MAX; removed++) {
    if (COMMON.has(rest)) return true;
    if (!APPENDED.test(rest)) return false;
    rest = rest.replace(APPENDED, "");
  }
  return false;
}

/** Throws `bad_request` that names the field. */
export function requireUncommonPassword(password: string, field: string): void {
  if (!isCommonPassword(password)) return;
  const message = "is one of those that are tried first; choose another";
  throw new Failure("bad_request", `${field}: ${message}`, {
    errors: [{ path: field, message }],
  });
}
