import { problem } from "@moim/protocol";
import { z } from "zod";

/** Chapters of the reference. */
export type Chapter = "account" | "session" | "password" | "user" | "operation";

type Answer = z.ZodType | BinaryAnswer;
type BinaryAnswer = { description: string; content: Record<string, { schema: z.ZodType }> };

type Description<Answers> = {
  chapter: Chapter;
  summary: string;
  description?: string;
  /** By status; besides, every route may answer with a problem. */
  answers: Answers;
};

/** A route by its schemas: what it takes is checked by them, what it answers is cut to them. */
export function describe<Answers extends Record<number, Answer>, Schemas extends object>(
  description: Description<Answers> & Schemas,
) {
  const { chapter, answers, ...rest } = description;
  const response: Answers & { default: typeof PROBLEM } = { ...answers, default: PROBLEM };
  return { ...rest, tags: [chapter], response };
}

/** For routes that want an access token. */
export const BEARER = { security: [{ bearer: [] as string[] }] };

export const NOTHING = z.undefined();

/** Bytes, which nothing but their route checks. */
export const BYTES = z.any();

const PROBLEM = {
  description: "A problem: programs decide by its code",
  content: { "application/problem+json": { schema: problem } },
};
