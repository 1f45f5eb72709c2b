import { ACCOUNT_LIMITS, Failure, type Me, me } from "@moim/protocol";
import type { FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { toMe } from "../accounts/account.ts";
import { AVATARS_PATH } from "../accounts/profiles.ts";
import { encodeAvatar } from "../avatars/encode-avatar.ts";
import { limitByUser } from "../limits/rate-limits.ts";
import { callerOf, existing, withCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { BEARER, BYTES, describe } from "./describe.ts";

const upload = describe({
  ...BEARER,
  chapter: "user",
  summary: "Upload one's picture",
  description:
    "A PNG, JPEG, WebP or GIF of at most 1 MiB, told by its bytes. It becomes 256 pixels square, WebP, " +
    "without metadata. `avatarUrl` is then a path relative to the service's address.",
  consumes: ["image/png", "image/jpeg", "image/webp", "image/gif"],
  body: BYTES,
  answers: { 200: me },
});

const remove = describe({
  ...BEARER,
  chapter: "user",
  summary: "Take one's picture away",
  answers: { 200: me },
});

const show = describe({
  chapter: "user",
  summary: "An uploaded picture, for everybody who has its address",
  params: z.object({ contentHash: z.string().regex(/^[0-9a-f]{64}$/) }),
  answers: {
    200: { description: "To be kept for ever", content: { "image/webp": { schema: BYTES } } },
  },
});

/** Of one user. Each may take a processor for a second: without a bound, one user could keep it busy. */
const UPLOADS_PER_MINUTE_MAX = 40;

export const avatarRoutes: Routes = (app, context) => {
  const { profiles, avatars, now } = context;
  const forCallers = withCaller(context);

  // In a scope of its own: here alone a body is bytes, whatever type it claims to be of.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    scope.withTypeProvider<ZodTypeProvider>().put(
      "/api/users/me/avatar",
      {
        ...limitByUser(now, UPLOADS_PER_MINUTE_MAX),
        schema: upload,
        bodyLimit: ACCOUNT_LIMITS.avatarBytesMax,
        // Before the body is read: strangers do not make us keep a megabyte.
        onRequest: forCallers.preValidation,
      },
      async (request): Promise<Me> => {
        const { userId } = callerOf(request);
        const file = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const image = await encodeAvatar(file);
        return toMe(existing(await profiles.setAvatar(userId, image)));
      },
    );
  });

  app.delete(
    "/api/users/me/avatar",
    { ...forCallers, schema: remove },
    async (request): Promise<Me> => {
      const { userId } = callerOf(request);
      return toMe(existing(await profiles.change(userId, { avatarUrl: null })));
    },
  );

  // A browser's <img> sends no token.
  app.get(`${AVATARS_PATH}/:contentHash`, { schema: show }, async (request, reply) => {
    const { contentHash } = request.params;
    const etag = `"${contentHash}"`;
    if (request.headers["if-none-match"] === etag) return immutable(reply, etag).code(304).send();
    const image = await avatars.find(contentHash);
    if (image === undefined) throw new Failure("not_found", "there is no such picture");
    return immutable(reply, etag).type("image/webp").send(image);
  });
};

/** What people uploaded is a picture and nothing else, should a browser ever be led to open it as a page. */
function immutable(reply: FastifyReply, etag: string): FastifyReply {
  return reply.headers({
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
    etag,
  });
}
