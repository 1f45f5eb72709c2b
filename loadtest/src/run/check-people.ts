import type { Standstill } from "../measure/standstill.ts";
import type { Participant } from "./participant.ts";

/** Has everybody look for what is overdue; not just after a standstill, when what came meanwhile has to be read first. */
export function checkPeople(
  people: Iterable<Pick<Participant, "check">>,
  standstill: Pick<Standstill, "tick">,
  nowMs: number,
): void {
  if (standstill.tick()) return;
  for (const person of people) person.check(nowMs);
}
