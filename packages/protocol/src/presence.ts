import { z } from "zod";
import { timestamp, uuid } from "./values.ts";

export const presenceState = z.object({
  userId: uuid,
  /** At least one live socket on any node, or none for less than 10 s. */
  online: z.boolean(),
  /** When they were last online: this moment for whoever is, null for who never was. */
  lastSeenAt: timestamp.nullable(),
});
export type PresenceState = z.infer<typeof presenceState>;
