import type { z } from "zod";
import { Failure, type FieldError } from "./errors.ts";

/** An answer stays small, however much is wrong with a request. */
const ERRORS_MAX = 20;

/**
 * Checks untrusted input. Throws a `Failure` that names each field, twenty at the most: `too_large`
 * when all that is wrong is a limit of `session:ready.limits`, otherwise `bad_request`.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = measured(schema, input);
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

/**
 * Zod measures whatever has a `length`, also where that is of the wrong type, and throws when the `length` is an
 * object that is no number (`{"length": {"toString": 1}}`). Such an input fits no schema of ours.
 */
function measured<Schema extends z.ZodType>(schema: Schema, input: unknown) {
  try {
    return schema.safeParse(input);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = "something is not of the type that it should be";
    throw new Failure("bad_request", message, { errors: [{ path: "", message }] });
  }
}
