/** A room as its members address it; `index` is its place among the rooms of the run. */
export type SentRoom = { index: number; roomId: string; roomTag: number };

/** Somebody has been let into a room, or is out of it: between these two moments it came to be so. */
export type Move = {
  room: number;
  user: number;
  isIn: boolean;
  askedMicros: number;
  toldMicros: number;
};

/** A guest got something of a room: a message that was due at `sinceMicros`, or an answer asked for then. */
export type Sight = { room: number; user: number; sinceMicros: number; gotMicros: number };

/** An edit, a deletion or a reaction that was acknowledged: the message as the answer showed it. */
export type StoredChange = { room: number; seq: number; rev: number; state: number };

/**
 * The server spoke of a message that was missing on a connection which had stood since before it was due, more than
 * its promise after that. Whether that is too late is known when its sender is asked when it was answered.
 */
export type LateWord = {
  key: number;
  user: number;
  roomId: string;
  toldMicros: number;
  /** Of the time until then, in which the receiver's process could read nothing. */
  standstillMicros: number;
};

/** Of each answer: room, seq, key, and when it came. */
export const ANSWER_NUMBERS = 4;
/** Each of them is one that should not be: more would only be more to carry. */
const LATE_WORDS_MAX = 10_000;

/**
 * What the people of one process were told, or may have caused, to be compared with what is stored. Large runs
 * fill `acknowledged`: `ANSWER_NUMBERS` for each answer.
 */
export class Ledger {
  acknowledged: number[] = [];
  /** Keys that were sent more than once: their announcements may come more than once. */
  readonly repeated = new Set<number>();
  /** Keys that were refused at first, and sent again behind later ones: their order is their sender's doing. */
  readonly delayed = new Set<number>();
  readonly changed: StoredChange[] = [];
  readonly moves: Move[] = [];
  readonly sights: Sight[] = [];
  readonly lateWords: LateWord[] = [];

  toldLate(word: LateWord): void {
    if (this.lateWords.length < LATE_WORDS_MAX) this.lateWords.push(word);
  }
}
