import { ACCOUNT_LIMITS, Failure, type Me, parse } from "@moim/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { toMe } from "../accounts/account.ts";
import { AVATARS_PATH } from "../accounts/profiles.ts";
import { encodeAvatar } from "../avatars/encode-avatar.ts";
import { type Caller, existing, requireCaller } from "./caller.ts";
import type { Routes } from "./context.ts";

const avatarParameters = z.object({ contentHash: z.string().regex(/^[0-9a-f]{64}$/) });

export const avatarRoutes: Routes = (app, context) => {
  const { profiles, avatars } = context;

  // In a scope of its own: here alone a body is bytes, whatever type it claims to be of.
  app.register(async (uploads) => {
    const callers = new WeakMap<FastifyRequest, Caller>();
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    uploads.put("/api/users/me/avatar", {
      bodyLimit: ACCOUNT_LIMITS.avatarBytesMax,
      // Before the body is read: strangers do not make us keep a megabyte.
      onRequest: async (request) => {
        callers.set(request, await requireCaller(request, context));
      },
      handler: async (request): Promise<Me> => {
        const userId = callers.get(request)?.userId ?? "";
        const file = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const image = await encodeAvatar(file);
        return toMe(existing(await profiles.setAvatar(userId, image)));
      },
    });
  });

  app.delete("/api/users/me/avatar", async (request): Promise<Me> => {
    const { userId } = await requireCaller(request, context);
    return toMe(existing(await profiles.change(userId, { avatarUrl: null })));
  });

  /** For everybody who has the address: a browser's <img> sends no token. */
  app.get(`${AVATARS_PATH}/:contentHash`, async (request, reply) => {
    const { contentHash } = parse(avatarParameters, request.params);
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
