import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { avatars } from "../db/schema.ts";

/** Where uploaded pictures are kept: one per user, found by the hash of their content. */
export interface AvatarStore {
  /** Replaces the user's picture, in the caller's transaction. Resolves to its hash. */
  put(database: Database, userId: string, image: Buffer): Promise<string>;
  remove(database: Database, userId: string): Promise<void>;
  find(contentHash: string): Promise<Buffer | undefined>;
}

/**
 * Pictures of some 10 KB each are little beside messages, and in the database they are backed up,
 * replicated and erased with their account.
 */
export function postgresAvatars(pool: Database): AvatarStore {
  return {
    async put(database, userId, image) {
      const contentHash = createHash("sha256").update(image).digest("hex");
      await database
        .insert(avatars)
        .values({ userId, contentHash, image })
        .onConflictDoUpdate({ target: avatars.userId, set: { contentHash, image } });
      return contentHash;
    },
    async remove(database, userId) {
      await database.delete(avatars).where(eq(avatars.userId, userId));
    },
    async find(contentHash) {
      const [found] = await pool
        .select({ image: avatars.image })
        .from(avatars)
        .where(eq(avatars.contentHash, contentHash))
        .limit(1);
      return found?.image;
    },
  };
}
