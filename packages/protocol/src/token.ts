import { z } from "zod";
import { uuid } from "./values.ts";

/** The only algorithm that verifiers accept. */
export const TOKEN_ALGORITHM = "EdDSA";

/** Claims of an access token. `iat` and `exp` are seconds since the epoch, as JWT has it. */
export const accessTokenClaims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  sub: uuid,
  sid: uuid,
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
  typ: z.literal("access"),
});
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;
