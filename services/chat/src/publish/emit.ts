import type { PayloadOf, ServerEventName } from "@moim/protocol";

/** A socket, or any set of sockets that Socket.IO addresses. */
type Target = { emit(name: string, payload: unknown): unknown };

/** Socket.IO's `emit`, held to the contract. */
export function emit<Name extends ServerEventName>(
  target: Target,
  name: Name,
  payload: PayloadOf<Name>,
): void {
  target.emit(name, payload);
}
