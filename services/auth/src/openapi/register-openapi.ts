import { STATUS_CODES } from "node:http";
import swagger from "@fastify/swagger";
import { me, problem, session, user } from "@moim/protocol";
import type { FastifyInstance } from "fastify";
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
} from "fastify-type-provider-zod";
import type { OpenAPIV3_1 } from "openapi-types";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { BYTES } from "../routes/describe.ts";
import { validatorCompiler } from "./schemas.ts";

/** What the reference names instead of repeating it. */
const named = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  User: user,
  Me: me,
  Session: session,
  Problem: problem,
})) {
  named.add(schema, { id });
}

const nameSchemas = createJsonSchemaTransformObject({ schemaRegistry: named });

/** Bytes have no schema of their own in JSON. */
function override({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: object }): void {
  if (zodSchema === BYTES) Object.assign(jsonSchema, { type: "string", format: "binary" });
}

/** Without the schemas that nothing refers to, with statuses by their names, and nothing as no content. */
function tidied(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const { components = {}, paths = {} } = document;
  const text = JSON.stringify(document);
  const isUsed = ([id]: [string, unknown]) => text.includes(`"#/components/schemas/${id}"`);
  const schemas = Object.fromEntries(Object.entries(components.schemas ?? {}).filter(isUsed));
  for (const [status, answer] of Object.values(paths).flatMap(answersOf)) {
    if (answer.description === DEFAULT_DESCRIPTION) answer.description = STATUS_CODES[status] ?? "";
    if (status === "204") delete answer.content;
  }
  return { ...document, components: { ...components, schemas } };
}

const DEFAULT_DESCRIPTION = "Default Response";

function answersOf(path: OpenAPIV3_1.PathItemObject = {}): [string, OpenAPIV3_1.ResponseObject][] {
  const operations = Object.values(path) as OpenAPIV3_1.OperationObject[];
  return operations.flatMap(({ responses = {} }) =>
    Object.entries(responses as Record<string, OpenAPIV3_1.ResponseObject>),
  );
}

/** Has routes checked by the schemas that they declare, and collects these. To be called before them. */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Moim auth",
        version: manifest.version,
        license: { name: "MIT", identifier: "MIT" },
        description:
          "Accounts, sessions and users. Ids are lower-case UUIDs, times milliseconds since the epoch. " +
          "Unknown fields are ignored in both directions. Problems are `application/problem+json` with " +
          "a `code`; 429 and 503 come with `Retry-After`.",
      },
      components: {
        securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
    },
    transform: createJsonSchemaTransform({ schemaRegistry: named, zodToJsonConfig: { override } }),
    transformObject: (document) => tidied(nameSchemas(document) as OpenAPIV3_1.Document),
  });
}

/** Pages that show the reference, for those who build on it; everything comes from this service. */
export async function registerReferencePages(app: FastifyInstance): Promise<void> {
  const { default: pages } = await import("@fastify/swagger-ui");
  await app.register(pages, { routePrefix: "/api/docs", staticCSP: true });
}
