import { v7 as uuidv7 } from "uuid";
import type { Database } from "../db/database.ts";
import { refreshTokens, sessions } from "../db/schema.ts";
import type { Language } from "../mail/language.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { hashRefreshToken, makeRefreshToken } from "./refresh-token.ts";

/** What is remembered of the device that signed in, so that its owner can tell it from others. */
export interface Device {
  readonly userAgent: string;
  readonly ip: string;
  /** What its owner reads; also when somebody else comes with the tokens of this session. */
  readonly language: Language;
}

/** What a client gets to go on with. */
export interface Grant {
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
  /** The access token to be signed must end here: revocations are remembered until then. */
  readonly accessExpiresAt: number;
}

/** Opens a session with a family of refresh tokens of its own. */
export async function startSession(
  database: Database,
  userId: string,
  device: Device,
  lifetimes: Lifetimes,
  now: number,
): Promise<Grant> {
  const [grant] = await startSessions(database, [userId], device, lifetimes, now);
  if (grant === undefined) throw new Error("no session was started");
  return grant;
}

/** One session each, in the order of `userIds`; at most a few thousand at a time. */
export async function startSessions(
  database: Database,
  userIds: readonly string[],
  device: Device,
  lifetimes: Lifetimes,
  now: number,
): Promise<Grant[]> {
  const grants = userIds.map((userId) => ({
    userId,
    sessionId: uuidv7(),
    refreshToken: makeRefreshToken(),
    refreshExpiresAt: lifetimes.refreshExpiresAt(now),
    accessExpiresAt: lifetimes.accessExpiresAt(now),
  }));
  await database.insert(sessions).values(
    grants.map(({ userId, sessionId, refreshExpiresAt, accessExpiresAt }) => ({
      id: sessionId,
      userId,
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: new Date(refreshExpiresAt),
      accessExpiresAt: new Date(accessExpiresAt),
      ...device,
    })),
  );
  await database.insert(refreshTokens).values(
    grants.map(({ sessionId, refreshToken, refreshExpiresAt }) => ({
      tokenHash: hashRefreshToken(refreshToken),
      sessionId,
      expiresAt: new Date(refreshExpiresAt),
    })),
  );
  return grants;
}
