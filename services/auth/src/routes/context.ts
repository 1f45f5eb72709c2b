import type { Operational } from "@moim/service";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Accounts } from "../accounts/accounts.ts";
import type { PasswordResets } from "../accounts/password-resets.ts";
import type { Profiles } from "../accounts/profiles.ts";
import type { AvatarStore } from "../avatars/avatar-store.ts";
import type { AuthConfig } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { SharedCounts } from "../limits/shared-counts.ts";
import type { Sessions } from "../sessions/sessions.ts";

/** What routes work with. */
export type Context = {
  config: AuthConfig;
  database: Database;
  accounts: Accounts;
  profiles: Profiles;
  avatars: AvatarStore;
  passwordResets: PasswordResets;
  sessions: Sessions;
  keys: KeyRing;
  /** Of the rate limits. */
  counts: SharedCounts;
  operational: Operational;
  now: () => number;
};

/** Whose routes are typed by the schemas that they declare. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds its routes to `app`. */
export type Routes = (app: App, context: Context) => void;
