import type { Change } from "../clients/changes.ts";
import type { Standstill } from "../measure/standstill.ts";
import { UNTOLD_GAP_MS } from "../receive/gaps.ts";
import type { Ledger } from "./ledger.ts";

export type StandingParts = {
  /** The receiver's place among all users of the run. */
  place: number;
  ledger: Pick<Ledger, "toldLate">;
  standstill: Pick<Standstill, "sinceMicros">;
  nowMicros(): number;
};

/** One user's connection as the server is bound to it: while it stands, whatever does not come is told of in time. */
export class Standing {
  readonly #parts: StandingParts;
  /** Since when the server has had somebody to tell; undefined while it has nobody. */
  #sinceMicros: number | undefined;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** To everything, unless it was already: a new connection, or a renewed token after the old one had run out. */
  subscribed(): void {
    this.#sinceMicros ??= this.#parts.nowMicros();
  }

  unsubscribed(): void {
    this.#sinceMicros = undefined;
  }

  /** The server said at `toldMicros` that this message, among others, was missing. */
  told({ key, intendedMicros }: Change, toldMicros: number, roomId: string): void {
    const { place: user, ledger, standstill } = this.#parts;
    if (key < 0 || this.#sinceMicros === undefined || this.#sinceMicros > intendedMicros) return;
    if (toldMicros - intendedMicros < UNTOLD_GAP_MS * 1_000) return;
    const standstillMicros = standstill.sinceMicros(intendedMicros);
    ledger.toldLate({ key, user, roomId, toldMicros, standstillMicros });
  }
}
