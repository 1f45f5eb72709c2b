import type { Me, User } from "@moim/protocol";
import type { users } from "../db/schema.ts";

export type Account = typeof users.$inferSelect;

/** What others see: never the address. */
export function toUser(account: User): User {
  const { id, nickname, name, bio, avatarUrl } = account;
  return { id, nickname, name, bio, avatarUrl };
}

/** What everybody sees of an account that is gone. */
export function deletedUser(id: string): User {
  return { id, nickname: "", name: "", bio: "", avatarUrl: null, deleted: true };
}

/** What the owner sees. */
export function toMe(account: Account): Me {
  return { ...toUser(account), email: account.email, createdAt: account.createdAt.getTime() };
}
