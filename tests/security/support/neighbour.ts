import { Line } from "../../gateway/caller.ts";
import type { Person } from "./people.ts";

/** A member of all that is fuzzed, on a node that hears of it by Redis alone. */
export class Neighbour {
  readonly #line: Line;
  readonly #heard = new Map<string, number>();

  private constructor(line: Line) {
    this.#line = line;
    line.socket.onAny((event: string) => this.#heard.set(event, (this.#heard.get(event) ?? 0) + 1));
  }

  static async settle(url: string, person: Person): Promise<Neighbour> {
    return new Neighbour(await Line.open(url, person));
  }

  /** How often each event came, and why the connection was lost, if it was. */
  leave(): { heard: Record<string, number>; lostFor: string | undefined } {
    const { lostFor } = this.#line;
    this.#line.close();
    return { heard: Object.fromEntries(this.#heard), lostFor };
  }
}
