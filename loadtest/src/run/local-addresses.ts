import type { RunOptions } from "../arguments/parse-arguments.ts";

/** Sockets a loopback address can open to one port, with room for what others use. */
const SOCKETS_PER_ADDRESS = 20_000;
/** When tokens are renewed all the time: users that share an address and its limit. */
const RENEWERS_PER_ADDRESS = 40;
const ADDRESSES_MAX = 250;

/** Of one worker's sockets; others than 127.0.0.1 only where one address would not do. */
export function localAddresses(
  worker: number,
  { users, workers, expireTokensMs, url }: RunOptions,
): string[] {
  if (url !== undefined) return [];
  const perAddress = expireTokensMs === undefined ? SOCKETS_PER_ADDRESS : RENEWERS_PER_ADDRESS;
  if (users <= perAddress) return [];
  const count = Math.min(Math.ceil(users / workers / perAddress), ADDRESSES_MAX);
  return Array.from({ length: count }, (_, index) => `127.0.${worker + 1}.${index + 1}`);
}
