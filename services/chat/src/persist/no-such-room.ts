import { Failure } from "@moim/protocol";

/** The same for a room that does not exist and for one that the caller is not in: no oracle. */
export function noSuchRoom(): Failure {
  return new Failure("not_found", "no such room");
}
