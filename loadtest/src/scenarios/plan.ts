import { seededRandom } from "@moim/local";
import { LIMITS } from "@moim/protocol";

export const SCENARIOS = {
  fanout: "one large room: what a message costs that everybody gets",
  rooms: "many groups of equal size",
  dm: "pairs of people",
  mixed: "one large room, groups and pairs; people also read, type, react, edit and delete",
  churn: "groups that guests join and leave, while people lose their connection and come back",
  "reconnect-storm": "groups; in the middle everybody loses the connection at once",
  "slow-consumers": "groups; some members stop reading and come back later",
} as const;
export type ScenarioName = keyof typeof SCENARIOS;

/**
 * Members by their place among the users of the run; the first one makes the room, and lets `guests`, who are
 * others, in and out.
 */
export type PlannedRoom = {
  kind: "group" | "direct";
  members: readonly number[];
  guests: readonly number[];
};

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
    case "churn":
      return groups(request, request.members).map((room) => withGuests(room, users));
    default:
      return groups(request, request.members);
  }
}

/** Of a room's members, so many others come and go; where everybody is a member, some of those. */
const GUESTS_SHARE = 0.15;
/** Whoever makes the room and one to talk to stay. */
const MEMBERS_MIN = 2;

function withGuests(room: PlannedRoom, users: number): PlannedRoom {
  const { members } = room;
  const wanted = Math.ceil(members.length * GUESTS_SHARE);
  const others = users - members.length;
  if (others >= wanted) {
    const last = members.at(-1) ?? 0;
    return { ...room, guests: Array.from({ length: wanted }, (_, at) => (last + 1 + at) % users) };
  }
  const stay = Math.max(MEMBERS_MIN, members.length - wanted);
  return { ...room, members: members.slice(0, stay), guests: members.slice(stay) };
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
      guests: [],
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
      chosen.set(low * users + high, { kind: "direct", members: [low, high], guests: [] });
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
