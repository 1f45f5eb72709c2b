import type { z } from "zod";
import { Failure, type FieldError } from "./errors.ts";

/** An answer stays small, however much is wrong with a request. */
const ERRORS_MAX = 20;

/**
 * Checks untrusted input. Throws a `Failure` that names each field, twenty at the most: `too_large`
 * when all that is wrong is a limit of `session:ready.limits`, otherwise `bad_request`.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  const errors: FieldError[] = issues.slice(0, ERRORS_MAX).map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message,
  }));
  const first = errors[0];
  const subject = first?.path ? `${first.path}: ` : "";
  const onlyOverLimit = issues.every(
    (issue) => issue.code === "custom" && issue.params?.overLimit === true,
  );
  throw new Failure(
    onlyOverLimit ? "too_large" : "bad_request",
    `${subject}${first?.message ?? "invalid request"}`,
    { errors },
  );
}
