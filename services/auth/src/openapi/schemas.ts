import { parse } from "@moim/protocol";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";

/**
 * Requests are checked as everywhere else in Moim: what is wrong becomes a `Failure` with the
 * contract's code, that names each field. A body that was left out is null to the framework.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema }) => {
  return (input: unknown) => {
    try {
      return { value: parse(schema, input) };
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  };
};
