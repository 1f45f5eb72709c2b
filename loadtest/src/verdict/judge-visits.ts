import { groupBy } from "@moim/local";
import type { Move, Sight } from "../run/ledger.ts";

/** Somebody was certainly out of a room. */
type Absence = { fromMicros: number; untilMicros: number };

/**
 * Sights of a room that its guest had no right to: what was due, or asked for, after the guest was certainly out,
 * and came before anybody asked the guest in again. A message cannot have been stored before it was due; one that
 * was on its way while its guest left may still come. Guests are out in the beginning.
 */
export function trespasses(moves: readonly Move[], sights: readonly Sight[]): Sight[] {
  const absences = new Map<string, Absence[]>();
  for (const [visit, own] of groupBy(moves, visitOf)) absences.set(visit, absencesOf(own));
  const beforeAny: Absence[] = [{ fromMicros: 0, untilMicros: Number.POSITIVE_INFINITY }];
  return sights.filter((sight) =>
    (absences.get(visitOf(sight)) ?? beforeAny).some(
      ({ fromMicros, untilMicros }) =>
        sight.sinceMicros > fromMicros && sight.gotMicros < untilMicros,
    ),
  );
}

type Visit = { room: number; user: number };

const visitOf = ({ room, user }: Visit) => `${room} ${user}`;

function absencesOf(moves: readonly Move[]): Absence[] {
  const entries = moves.filter(({ isIn }) => isIn);
  const exits = moves.filter(({ isIn }) => !isIn);
  // One that was under way when somebody went out may have come about after it.
  const nextEntry = (exitMicros: number) =>
    Math.min(
      ...entries.filter((one) => one.toldMicros >= exitMicros).map((one) => one.askedMicros),
    );
  return [
    { fromMicros: 0, untilMicros: nextEntry(0) },
    ...exits.map(({ askedMicros, toldMicros }) => ({
      fromMicros: toldMicros,
      untilMicros: nextEntry(askedMicros),
    })),
  ].filter(({ fromMicros, untilMicros }) => untilMicros > fromMicros);
}
