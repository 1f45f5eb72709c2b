import { randomBytes } from "node:crypto";
import { LIMITS, type Limits } from "@moim/protocol";
import {
  type Environment,
  httpUrl,
  integerVariable,
  readEnvironment,
  sharedVariables,
  trustedProxies,
} from "@moim/service";
import { z } from "zod";

/** Reads the node's configuration. Throws `ConfigurationError` naming the first wrong variable. */
export function readConfig(environment: Environment) {
  return readEnvironment(environment, {
    ...sharedVariables,
    PORT: integerVariable(0, 65_535).default(3001),
    AUTH_URL: httpUrl.default("http://127.0.0.1:3002"),
    TOKEN_GRACE_MS: integerVariable(0, 600_000).default(30_000),
    DRAIN_MS: integerVariable(0, 600_000).default(10_000),
    NODE_ID: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must have 1 to 64 letters, digits, _ . -")
      .default(() => `chat-${randomBytes(4).toString("hex")}`),
    TRUSTED_PROXIES: trustedProxies,
    DATABASE_CONNECTIONS: integerVariable(2, 1_000).default(10),
    SENDS_PER_SECOND: integerVariable(0, 100_000).default(LIMITS.sendsPerSecond),
    SENDS_BURST: integerVariable(1, 100_000).default(LIMITS.sendsBurst),
    GROUPS_PER_USER: integerVariable(1, 1_000_000).default(LIMITS.groupsPerUser),
    INVITATIONS_PER_SECOND: integerVariable(0, 100_000).default(LIMITS.invitationsPerSecond),
    // Whom one request may name must fit, or that request would be refused for ever.
    INVITATIONS_BURST: integerVariable(LIMITS.inviteUsers + 1, 1_000_000).default(
      LIMITS.invitationsBurst,
    ),
  });
}

export type Config = ReturnType<typeof readConfig>;

/** Of the groups that a user can be in, those that the same other person made. */
const ONE_MAKERS_PART = LIMITS.groupsPerUserAndMaker / LIMITS.groupsPerUser;

/** What this node allows, as it tells its sockets. */
export function limitsOf(config: Config): Limits {
  return {
    ...LIMITS,
    sendsPerSecond: config.SENDS_PER_SECOND,
    sendsBurst: config.SENDS_BURST,
    groupsPerUser: config.GROUPS_PER_USER,
    groupsPerUserAndMaker: Math.ceil(config.GROUPS_PER_USER * ONE_MAKERS_PART),
    invitationsPerSecond: config.INVITATIONS_PER_SECOND,
    invitationsBurst: config.INVITATIONS_BURST,
  };
}
