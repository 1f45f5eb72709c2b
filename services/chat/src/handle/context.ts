import type { ClientEventName, DataOf, ParsedRequestOf } from "@moim/protocol";
import type { Appended, Send } from "../persist/append-messages.ts";
import type { Database } from "../persist/database.ts";
import type { GroupLimits } from "../persist/groups-per-user.ts";
import type { Presence } from "../presence/presence.ts";
import type { Publisher } from "../publish/publisher.ts";
import type { UserDirectory } from "../users/user-directory.ts";
import type { Invitations } from "./invitations.ts";
import type { Turnstile } from "./turnstile.ts";
import type { TypingPace } from "./typing-pace.ts";

/** Who asks, by a token that has just been checked. */
export type Caller = {
  userId: string;
  sessionId: string;
  /** Names the connection that asks, for what concerns it alone. */
  socketId: string;
  /** The caller's own access token, for questions to the auth service on their behalf. */
  accessToken: string;
};

/** What handlers work with: no socket, no Redis, no SQL. */
export type Context = {
  caller: Caller;
  database: Database;
  messages: { append(send: Send): Promise<Appended> };
  publisher: Publisher;
  users: UserDirectory;
  typingPace: TypingPace;
  presence: Pick<Presence, "watch">;
  searches: Turnstile;
  invitations: Invitations;
  groupLimits: GroupLimits;
};

/** Resolves to the answer's data, or rejects with a `Failure`. */
export type Handler<Name extends ClientEventName> = (
  request: ParsedRequestOf<Name>,
  context: Context,
) => Promise<DataOf<Name>>;
