/**
 * Remembers, across reloads, a sign-out that the server has not confirmed: the refresh cookie is out
 * of a script's reach, and must not bring the session back.
 */
export interface SignOutMark {
  set(): void;
  clear(): void;
  isSet(): boolean;
}

/** For sessions whose refresh token lives in memory: it is gone with the session. */
export const noSignOutMark: SignOutMark = { set() {}, clear() {}, isSet: () => false };

const KEY = "moim-signing-out";

export function browserSignOutMark(): SignOutMark {
  return {
    set: () => ignoringRefusal(() => localStorage.setItem(KEY, "1")),
    clear: () => ignoringRefusal(() => localStorage.removeItem(KEY)),
    isSet: () => ignoringRefusal(() => localStorage.getItem(KEY) !== null) ?? false,
  };
}

/** Browsers may refuse storage altogether; then a sign-out is only as good as the network. */
function ignoringRefusal<Result>(access: () => Result): Result | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
