import { z } from "zod";
import { ACCOUNT_LIMITS, PAGE_LIMITS } from "./limits.ts";
import { countCharacters, isStorable } from "./text.ts";
import { NOT_STORABLE, timestamp, uuid } from "./values.ts";

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(ACCOUNT_LIMITS.emailCharactersMax)
  .pipe(z.email());

/** Of a Hangul syllable that is written as single letters. */
const LETTERS_PER_SYLLABLE_MAX = 3;

/**
 * Text in NFC, so that Hangul typed as single letters is the same. Its length is looked at before:
 * thousands of combining marks take a processor for a second to be put in order.
 */
function composed(charactersMax: number) {
  const unitsMax = charactersMax * LETTERS_PER_SYLLABLE_MAX;
  return z.string().max(unitsMax, { abort: true }).normalize("NFC").max(charactersMax);
}

export const nickname = composed(ACCOUNT_LIMITS.nicknameCharactersMax)
  .min(ACCOUNT_LIMITS.nicknameCharactersMin)
  .regex(/^[가-힣A-Za-z0-9_.]*$/, "only 가-힣 A-Z a-z 0-9 _ .");

export const personName = composed(ACCOUNT_LIMITS.nameCharactersMax)
  .min(ACCOUNT_LIMITS.nameCharactersMin)
  .regex(/^[가-힣A-Za-z0-9_. ]*$/, "only 가-힣 A-Z a-z 0-9 _ . and space")
  .refine((name) => name.trim() !== "", "must not be blank");

const passwordLength = (text: string) => {
  const characters = countCharacters(text);
  return (
    characters >= ACCOUNT_LIMITS.passwordCharactersMin &&
    characters <= ACCOUNT_LIMITS.passwordCharactersMax
  );
};

export const password = z
  .string()
  .refine(passwordLength, "must have 8 to 128 characters")
  .regex(/\p{L}/u, "must contain a letter")
  .regex(/\p{Nd}/u, "must contain a digit")
  .regex(/[^\p{L}\p{Nd}\s]/u, "must contain a symbol");

/** A password that is compared, not chosen: bounded, otherwise anything. */
export const givenPassword = z.string().min(1).max(1_024);

export const user = z.object({
  id: uuid,
  nickname: z.string(),
  name: z.string(),
  bio: z.string(),
  /** An https: URL, or a path that is relative to the service's own address: an uploaded picture. */
  avatarUrl: z.string().nullable(),
  /** Only on an account that was deleted; everything else but its id is empty then. */
  deleted: z.literal(true).optional(),
});
export type User = z.infer<typeof user>;

/** What only the owner sees. */
export const me = user.omit({ deleted: true }).extend({ email: z.string(), createdAt: timestamp });
export type Me = z.infer<typeof me>;

export const tokenTransport = z.enum(["cookie", "body"]);
export type TokenTransport = z.infer<typeof tokenTransport>;

/** `refreshToken` is there only with `"tokenTransport": "body"`. */
export const session = z.object({
  user: me,
  sessionId: uuid,
  accessToken: z.string(),
  accessTokenExpiresAt: timestamp,
  refreshToken: z.string().optional(),
});
export type Session = z.infer<typeof session>;

export const verificationCodeRequest = z.object({ email });
export const verificationCodeAnswer = z.object({ expiresAt: timestamp, resendAt: timestamp });

export const nicknameAvailabilityQuery = z.object({ nickname });
export const nicknameAvailabilityAnswer = z.object({ available: z.boolean() });

export const signUpRequest = z.object({
  email,
  code: z
    .string()
    .regex(/^\d{6}$/, "must be six digits")
    .nullish(),
  password,
  nickname,
  name: personName,
  tokenTransport: tokenTransport.optional(),
});
export type SignUpRequest = z.input<typeof signUpRequest>;

export const signInRequest = z.object({
  email,
  password: givenPassword,
  tokenTransport: tokenTransport.optional(),
});
export type SignInRequest = z.input<typeof signInRequest>;

export const refreshRequest = z.object({
  refreshToken: z.string().max(512).optional(),
  tokenTransport: tokenTransport.optional(),
});

export const signOutRequest = z.object({ refreshToken: z.string().max(512).optional() });

export const changePasswordRequest = z.object({
  currentPassword: givenPassword,
  newPassword: password,
});

export const deleteMeRequest = z.object({ password: givenPassword });
export const passwordResetRequest = z.object({ email });
export const resetPasswordRequest = z.object({ newPassword: password });

/** What a device said of itself when it signed in, as far as it can be told. */
export const sessionDevice = z.object({
  /** Such as `Firefox 133`. */
  browser: z.string().nullable(),
  /** Such as `Android 14`. */
  system: z.string().nullable(),
  kind: z.enum(["desktop", "mobile", "tablet", "tv"]).nullable(),
});
export type SessionDevice = z.infer<typeof sessionDevice>;

export const sessionsAnswer = z.object({
  sessions: z.array(
    z.object({
      id: uuid,
      createdAt: timestamp,
      lastUsedAt: timestamp,
      userAgent: z.string().nullable(),
      device: sessionDevice,
      ip: z.string().nullable(),
      current: z.boolean(),
    }),
  ),
});

const USER_QUERY_CHARACTERS_MAX = 64;

export const userSearchQuery = z.object({
  query: composed(USER_QUERY_CHARACTERS_MAX)
    .trim()
    .min(1)
    .refine(isStorable, { message: NOT_STORABLE }),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMITS.userSearch).optional(),
});

export const userIdsQuery = z.object({
  ids: z
    .string()
    .transform((ids) => [...new Set(ids.split(",").filter((id) => id !== ""))])
    .pipe(z.array(uuid).max(PAGE_LIMITS.userIds)),
});
/** Of `GET /api/users`: a search, or a look-up by ids. */
export const usersQuery = z
  .object({ ...userSearchQuery.partial().shape, ...userIdsQuery.partial().shape })
  .refine(({ query, ids }) => (query === undefined) !== (ids === undefined), {
    message: "give either query or ids",
  });
export const usersAnswer = z.object({ users: z.array(user) });

const AVATAR_URL_CHARACTERS_MAX = 2_048;

/**
 * Kept as sent, and fetched by whoever sees the user: hence nothing but https, and nothing that would
 * give a password away.
 */
export const avatarUrl = z
  .string()
  .max(AVATAR_URL_CHARACTERS_MAX)
  .regex(/^https:\/\/[^\s\\\p{Cc}\p{Surrogate}]+$/iu, "must be an https: URL")
  .refine(isWithoutCredentials, "must be a URL without a user name or a password");

function isWithoutCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}

export const updateMeRequest = z.object({
  nickname: nickname.optional(),
  name: personName.optional(),
  bio: z
    .string()
    .refine((text) => countCharacters(text) <= ACCOUNT_LIMITS.bioCharactersMax, {
      message: `must have at most ${ACCOUNT_LIMITS.bioCharactersMax} characters`,
    })
    .refine(isStorable, { message: NOT_STORABLE })
    .optional(),
  avatarUrl: avatarUrl.nullable().optional(),
});

/** `application/problem+json` (RFC 9457) with the contract's `code`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
