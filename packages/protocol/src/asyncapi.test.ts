import { readFileSync } from "node:fs";
import asyncApiSchema from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { asyncApiDocument } from "./asyncapi.ts";
import { clientEvents } from "./client-events.ts";
import { serverEvents } from "./server-events.ts";

const document = asyncApiDocument(manifest.version);

describe("the events' reference", () => {
  it("is what the schemas say: `pnpm --filter @moim/protocol reference` writes it anew", () => {
    const committed = readFileSync(new URL("../reference/asyncapi.json", import.meta.url), "utf8");
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("is a valid AsyncAPI 3 document", () => {
    const ajv = new Ajv({
      // The specification brings the meta schema along.
      meta: false,
      validateSchema: false,
      strict: false,
      allErrors: true,
      validateFormats: false,
    });
    const validate = ajv.compile(asyncApiSchema);
    validate(JSON.parse(JSON.stringify(document)));
    expect(validate.errors).toBeNull();
  });

  it("names every event, and an answer for each that is asked", () => {
    const { operations } = document as { operations: Record<string, { reply?: object }> };
    for (const event of Object.keys(clientEvents)) {
      expect(operations[event.replaceAll(":", ".")]?.reply).toBeDefined();
    }
    for (const event of Object.keys(serverEvents)) {
      expect(operations[`${event.replaceAll(":", ".")}.sent`]).toBeDefined();
    }
  });
});
