import { randomBytes } from "node:crypto";
import { Failure } from "@moim/protocol";
import { hash, verify } from "@node-rs/argon2";
import { Turns } from "./turns.ts";

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const PHC_PREFIX = "$argon2id$v=19$m=19456,t=2,p=1$";

/** Node has four threads for such work; some must stay free for name look-ups and files. */
const CONCURRENT_MAX = 2;
/** About five seconds of work on a small machine: whoever comes later is told to come back. */
const WAITING_MAX = 400;
const BOUNDS = { concurrentMax: CONCURRENT_MAX, waitingMax: WAITING_MAX };

/** Hashes off the event loop, a few at a time. Rejects with `unavailable` when too many wait. */
export class PasswordHasher {
  readonly #turns: Turns;
  readonly #dummyHash: Promise<string>;

  constructor({ concurrentMax, waitingMax } = BOUNDS) {
    this.#turns = new Turns(concurrentMax, waitingMax);
    this.#dummyHash = this.hash(randomBytes(16).toString("hex"));
  }

  get waiting(): number {
    return this.#turns.waiting;
  }

  hash(password: string): Promise<string> {
    return this.#take(() => hash(normalise(password), PARAMETERS));
  }

  /**
   * Without a stored hash it still does the work of a comparison and says no, so that time does not
   * tell whether an account exists.
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const compared = passwordHash ?? (await this.#dummyHash);
    const matches = await this.#take(() => verify(compared, normalise(password)));
    return matches && passwordHash !== null;
  }

  /** Whether the hash was made with parameters that are no longer ours. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(PHC_PREFIX);
  }

  async #take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.take(work);
    if (turn !== undefined) return turn;
    throw new Failure("unavailable", "too many sign-ins at once; try again", {
      retryAfterMs: 2_000,
    });
  }
}

/** One password whatever the keyboard made of it: composed and decomposed letters are the same. */
function normalise(password: string): string {
  return password.normalize("NFKC");
}
