/**
 * Remembers, across reloads, that this browser may hold a session's cookie, which is out of a
 * script's reach: where nobody has signed in, nothing is asked, and nothing refused. Holds no token.
 */
export interface SessionMark {
  set(): void;
  clear(): void;
  /** True wherever it cannot be known. */
  mayHoldSession(): boolean;
}

/** For sessions whose refresh token lives in memory. */
export const noSessionMark: SessionMark = { set() {}, clear() {}, mayHoldSession: () => true };

const KEY = "moim-session";

export function browserSessionMark(): SessionMark {
  return {
    set: () => void ifAllowed(() => localStorage.setItem(KEY, "1")),
    clear: () => void ifAllowed(() => localStorage.removeItem(KEY)),
    mayHoldSession: () => ifAllowed(() => localStorage.getItem(KEY) !== null) ?? true,
  };
}

/** Browsers may refuse storage altogether. */
function ifAllowed<Result>(access: () => Result): Result | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
