/**
 * What README says of each case, by its name: no more than the result committed under docs/performance
 * shows. A case that falls short of it fails `pnpm bench`; null where README claims nothing.
 */
export const CLAIMS: Readonly<Record<string, number | null>> = {
  rooms: 3,
  "large-room": 20,
  guard: 1,
  "idle-memory": 1.5,
};
