import { sql } from "drizzle-orm";
import {
  customType,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { JWK } from "jose";
import type { Language } from "../mail/language.ts";

// Read by chat nodes too, hence defined where both services find it; its migration is made here.
export { revocations } from "@moim/service";

/** Not exported: the migrator makes the schema, because its own list of migrations stands there. */
const auth = pgSchema("auth");

const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** A moment by the database's clock. */
export const fromNow = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`;

export const users = auth.table(
  "users",
  {
    id: uuid("id").primaryKey(),
    /** Lower case; checked and normalised before it comes here. */
    email: text("email").notNull(),
    nickname: text("nickname").notNull(),
    name: text("name").notNull(),
    bio: text("bio").notNull().default(""),
    avatarUrl: text("avatar_url"),
    /** PHC string. Null: no password opens this account (minted users). */
    passwordHash: text("password_hash"),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("users_email").on(table.email),
    uniqueIndex("users_nickname").on(sql`lower(${table.nickname})`),
    index("users_search_grams").using(
      "gin",
      sql`auth.search_grams(${table.nickname}, ${table.name})`,
    ),
  ],
);

/** What is left of an account: that its id was one. Messages still name it. */
export const deletedUsers = auth.table("deleted_users", {
  id: uuid("id").primaryKey(),
  deletedAt: moment("deleted_at").notNull(),
});

/** Uploaded pictures as they are served, one per user. */
export const avatars = auth.table(
  "avatars",
  {
    userId: uuid("user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    /** SHA-256 of `image`, in hexadecimal: its place in the URL. Two users may have one picture. */
    contentHash: text("content_hash").notNull(),
    image: bytes("image").notNull(),
  },
  (table) => [index("avatars_content_hash").on(table.contentHash)],
);

/** One row per sign-in, with the family of its refresh tokens. */
export const sessions = auth.table(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: moment("created_at").notNull(),
    lastUsedAt: moment("last_used_at").notNull(),
    /** When its newest refresh token runs out. */
    expiresAt: moment("expires_at").notNull(),
    /** When the last access token given out runs out: so long must a revocation be remembered. */
    accessExpiresAt: moment("access_expires_at").notNull(),
    revokedAt: moment("revoked_at"),
    userAgent: text("user_agent").notNull(),
    ip: text("ip").notNull(),
    /** In which its owner is written to. */
    language: text("language").$type<Language>().notNull().default("en"),
  },
  (table) => [
    index("sessions_user").on(table.userId),
    index("sessions_expires_at").on(table.expiresAt),
  ],
);

/**
 * Every token of a family stays until it would have expired, so that a spent one is recognised.
 * Nothing here is a token: `tokenHash` is SHA-256, `sealedSuccessor` opens only with the token itself.
 */
export const refreshTokens = auth.table(
  "refresh_tokens",
  {
    tokenHash: bytes("token_hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    expiresAt: moment("expires_at").notNull(),
    /** Null: this is the session's current token. */
    spentAt: moment("spent_at"),
    successorHash: bytes("successor_hash"),
    sealedSuccessor: bytes("sealed_successor"),
  },
  (table) => [
    index("refresh_tokens_session").on(table.sessionId),
    index("refresh_tokens_expires_at").on(table.expiresAt),
  ],
);

/** One live code per purpose and address; a new one replaces the old. */
export const verificationCodes = auth.table(
  "verification_codes",
  {
    purpose: text("purpose").notNull(),
    email: text("email").notNull(),
    codeHash: bytes("code_hash").notNull(),
    failedAttempts: integer("failed_attempts").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.purpose, table.email] })],
);

/**
 * What somebody asked for in the name of one mail address since the day began, at `expiresAt` less 24
 * hours. Apart from codes and links, because these are replaced and used up.
 */
export const quotas = auth.table(
  "quotas",
  {
    purpose: text("purpose").notNull(),
    email: text("email").notNull(),
    /** The network address that asked; empty: all of them together. */
    source: text("source").notNull(),
    mails: integer("mails").notNull(),
    failedAttempts: integer("failed_attempts").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.purpose, table.email, table.source] }),
    index("quotas_expires_at").on(table.expiresAt),
  ],
);

/**
 * The one live link per address; a new one replaces the old. There is a row for an address that has
 * no account, too: then `userId` is null, and nobody was told the token.
 */
export const passwordResets = auth.table(
  "password_resets",
  {
    email: text("email").primaryKey(),
    userId: uuid("user_id").references(() => users.id, { onDelete: "cascade" }),
    /** SHA-256: the token has 256 random bits, and needs no more. */
    tokenHash: bytes("token_hash").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("password_resets_token").on(table.tokenHash),
    index("password_resets_user").on(table.userId),
    index("password_resets_expires_at").on(table.expiresAt),
  ],
);

/**
 * Letters on their way to the mail server (mail/outbox.ts). `sealed` is the whole letter, its address
 * included, under a key that production does not keep in the database. Times are by its own clock.
 */
export const mailOutbox = auth.table(
  "mail_outbox",
  {
    id: uuid("id").primaryKey(),
    sealed: bytes("sealed").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** When it may be taken (again); while somebody carries it, the end of the lease. */
    dueAt: moment("due_at").notNull().default(sql`now()`),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [index("mail_outbox_due_at").on(table.dueAt)],
);

/**
 * The keys that development makes for itself; production keeps keys outside the database. By age:
 * the oldest that is not retired signs, the one after it signs next.
 */
export const signingKeys = auth.table("signing_keys", {
  kid: text("kid").primaryKey(),
  privateJwk: jsonb("private_jwk").$type<JWK>().notNull(),
  createdAt: moment("created_at").notNull().default(sql`now()`),
  /** Set when the key is retired: the last token that it signed has run out by then. */
  expiresAt: moment("expires_at"),
});
