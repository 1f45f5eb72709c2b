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
 * What the people of one process were told, or may have caused, to be compared with what is stored. Large runs
 * fill `acknowledged`: three numbers for each answer, room, seq and key.
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
}
