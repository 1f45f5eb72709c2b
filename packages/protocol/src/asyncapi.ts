import { z } from "zod";
import { clientEvents } from "./client-events.ts";
import { ERROR_RETRYABLE } from "./errors.ts";
import { LIMITS, TEXT_LIMITS } from "./limits.ts";
import { serverEvents } from "./server-events.ts";

type JsonObject = { [name: string]: unknown };

const SOCKET = { $ref: "#/channels/socket" };

/**
 * The events of a chat node as an AsyncAPI 3 document, made from the schemas that both ends use.
 * What JSON Schema cannot say (characters counted as code points, blank texts) is checked all the same.
 */
export function asyncApiDocument(version: string): JsonObject {
  const received = Object.entries(clientEvents).map(([event, { request, data }]) => ({
    event,
    request: message(event, request, "input"),
    answer: answerMessage(event, data),
  }));
  const sent = Object.entries(serverEvents).map(([event, payload]) => ({
    event,
    payload: message(event, payload, "output"),
  }));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Moim chat",
      version,
      license: { name: "MIT" },
      description:
        "Socket.IO v4, namespace `/`, path `/socket.io`, websocket only; handshake `auth: {token}`. " +
        "Every client event takes one object and an acknowledgement callback. A rejected event " +
        `without a callback is answered by \`event:rejected\`. Limits: ${JSON.stringify(LIMITS)}. ` +
        `Over them is \`too_large\`; \`bad_request\` over these: ${JSON.stringify(TEXT_LIMITS)}.`,
    },
    defaultContentType: "application/json",
    channels: {
      socket: {
        address: "/socket.io",
        messages: Object.fromEntries(
          [
            ...received.flatMap(({ event, request, answer }) => [
              [key(event), request],
              [`${key(event)}.answer`, answer],
            ]),
            ...sent.map(({ event, payload }) => [key(event), payload]),
          ].map(([name, content]) => [name, content]),
        ),
      },
    },
    operations: Object.fromEntries([
      ...received.map(({ event }) => [
        key(event),
        {
          action: "receive",
          channel: SOCKET,
          messages: [messageRef(event)],
          reply: { channel: SOCKET, messages: [messageRef(`${event}.answer`)] },
        },
      ]),
      ...sent.map(({ event }) => [
        `${key(event)}.sent`,
        { action: "send", channel: SOCKET, messages: [messageRef(event)] },
      ]),
    ]),
    components: { schemas: { error: ERROR_SCHEMA } },
  };
}

const ERROR_SCHEMA: JsonObject = {
  type: "object",
  required: ["code", "message", "retryable"],
  properties: {
    code: { enum: Object.keys(ERROR_RETRYABLE) },
    message: { type: "string" },
    retryable: { type: "boolean" },
    retryAfterMs: { type: "integer", minimum: 0 },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};

/** Names of the document's parts may not hold a colon. */
function key(event: string): string {
  return event.replaceAll(":", ".");
}

function messageRef(event: string): JsonObject {
  return { $ref: `#/channels/socket/messages/${key(event)}` };
}

function message(event: string, schema: z.ZodType, io: "input" | "output"): JsonObject {
  return { name: event, payload: jsonSchema(schema, io) };
}

function answerMessage(event: string, data: z.ZodType): JsonObject {
  return {
    name: `answer to ${event}`,
    payload: {
      oneOf: [
        {
          type: "object",
          required: ["ok", "data"],
          properties: { ok: { const: true }, data: jsonSchema(data, "output") },
        },
        {
          type: "object",
          required: ["ok", "error"],
          properties: { ok: { const: false }, error: { $ref: "#/components/schemas/error" } },
        },
      ],
    },
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    target: "draft-7",
    unrepresentable: "any",
    // Unknown fields are ignored, in both directions.
    override: ({ jsonSchema: made }) => {
      if (made.additionalProperties === false) delete made.additionalProperties;
    },
  });
  return rest;
}
