import type { RoomView } from "../receive/room-view.ts";
import {
  differenceOf,
  type Expectation,
  expectationOf,
  textOfDifference,
} from "../verdict/expectation.ts";
import type { SentRoom } from "./ledger.ts";
import type { Person } from "./make-people.ts";
import type { Mismatch, RoomEnd } from "./tasks.ts";

/** Somebody who is in a room at the end; `view` is absent when nobody ever told it so. */
type Holder = { user: number; room: number; view: RoomView | undefined };

/** What the people of this process hold of their rooms, against what is stored of them. */
export class Comparison {
  readonly #people: readonly Person[];
  readonly #ends: readonly RoomEnd[];
  /** By room, and by where the receivers' time began. */
  readonly #expectations = new Map<string, Expectation>();

  constructor(people: readonly Person[], ends: readonly RoomEnd[]) {
    this.#people = people;
    this.#ends = ends;
  }

  mismatches(): Mismatch[] {
    return this.#holders().flatMap(({ user, room, view }): Mismatch[] => {
      if (view === undefined) {
        const what = "is a member, and was never told so";
        return [{ user, room, missing: 1, isDifferent: false, what }];
      }
      const expected = this.#expectationOf(room, view.startSeq);
      const difference = expected && differenceOf(view, expected);
      if (!difference) return [];
      return [{ user, room, ...difference, what: textOfDifference(view, expected) }];
    });
  }

  result(): { mismatches: Mismatch[]; receivers: number; resets: number } {
    const holders = this.#holders();
    const resets = holders.filter(({ view }) => view?.isReset).length;
    return { mismatches: this.mismatches(), receivers: holders.length, resets };
  }

  #holders(): Holder[] {
    return this.#people.flatMap(({ participant, rooms, visits }) => {
      const user = participant.place;
      const isInside = ({ index }: SentRoom) => this.#ends[index]?.guestsInside.includes(user);
      return [...rooms, ...visits.filter(isInside)].map(({ index, roomId }) => ({
        ...{ user, room: index, view: participant.view(roomId) },
      }));
    });
  }

  #expectationOf(room: number, startSeq: number): Expectation | undefined {
    const truth = this.#ends[room]?.truth;
    if (truth === undefined) return undefined;
    const place = `${room} ${startSeq}`;
    const expected = this.#expectations.get(place) ?? expectationOf(truth, startSeq);
    this.#expectations.set(place, expected);
    return expected;
  }
}
