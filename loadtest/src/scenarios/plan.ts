import { seededRandom } from "@moim/local";
import { LIMITS } from "@moim/protocol";

export const SCENARIOS = {
  fanout: "one large room: what a message costs that everybody gets",
  rooms: "many groups of equal size",
  dm: "pairs of people",
  mixed: "one large room, groups and pairs; people also read, type, react and edit",
  churn: "groups, while people lose their connection and come back all the time",
  "reconnect-storm": "groups; in the middle everybody loses the connection at once",
  "slow-consumers": "groups; some members stop reading and come back later",
} as const;
export type ScenarioName = keyof typeof SCENARIOS;

/** Members by their place among the users of the run; the first one makes the room. */
export type PlannedRoom = { kind: "group" | "direct"; members: readonly number[] };

export type PlanRequest = {
  scenario: ScenarioName;
  users: number;
  /** Absent: as many as the scenario needs so that everybody is in one. */
  rooms?: number | undefined;
  members: number;
  seed: number;
};

const LARGE_ROOM_MEMBERS = 200;
/** Of the users, in `mixed`, each with the next one. */
const MIXED_PAIRS_SHARE = 0.25;

/** Who is in which rooms. The same request gives the same plan. */
export function planRooms(request: PlanRequest): PlannedRoom[] {
  const { scenario, users } = request;
  switch (scenario) {
    case "fanout":
      return groups(request, Math.min(users, LIMITS.groupMembers), request.rooms ?? 1);
    case "dm":
      return pairs(users, request.rooms ?? Math.ceil(users / 2), request.seed);
    case "mixed": {
      const large = Math.min(users, LARGE_ROOM_MEMBERS, LIMITS.groupMembers);
      return [
        ...groups(request, large, 1),
        ...groups(request, request.members),
        ...pairs(users, Math.ceil(users * MIXED_PAIRS_SHARE), request.seed),
      ];
    }
    default:
      return groups(request, request.members);
  }
}

/**
 * Neighbours share rooms, so that most members of one are in the same worker, which then decodes a
 * packet once. More rooms than needed begin again, shifted, so that people are in several.
 */
function groups(
  { users, members: wanted, rooms }: PlanRequest,
  members = wanted,
  count = rooms ?? Math.max(1, Math.ceil(users / members)),
): PlannedRoom[] {
  const size = Math.min(members, users);
  const roundsOf = Math.max(1, Math.ceil(users / size));
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / roundsOf);
    const first = (index % roundsOf) * size + round * (Math.floor(size / 2) + 1);
    return {
      kind: "group" as const,
      members: Array.from({ length: size }, (_, member) => (first + member) % users),
    };
  });
}

function pairs(users: number, count: number, seed: number): PlannedRoom[] {
  if (users < 2) return [];
  const random = seededRandom(seed);
  const chosen = new Map<number, PlannedRoom>();
  const most = Math.min(count, (users * (users - 1)) / 2);
  for (let index = 0; chosen.size < most; index++) {
    // Everybody once, with a neighbour; then anybody with anybody.
    const isFirstRound = index * 2 < users;
    const one = isFirstRound ? index * 2 : Math.floor(random() * users);
    const other = isFirstRound ? (one + 1) % users : Math.floor(random() * users);
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    if (low !== high) {
      chosen.set(low * users + high, { kind: "direct", members: [low, high] });
    }
  }
  return [...chosen.values()];
}

/** The users of each worker: neighbours together. */
export function shareUsers(users: number, workers: number): { first: number; end: number }[] {
  return Array.from({ length: workers }, (_, worker) => ({
    first: Math.floor((users * worker) / workers),
    end: Math.floor((users * (worker + 1)) / workers),
  }));
}
