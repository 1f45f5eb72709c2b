import { randomUUID } from "node:crypto";
import { nestedList, nestedObject, pathsWithin, replacedAt } from "@moim/local";
import { type ClientEventName, clientEvents } from "@moim/protocol";
import { z } from "zod";

type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  pattern?: string;
};

/** A packet that is wrong in one way, which `kind` names. */
export type Malformed = { kind: string; event: string; request: unknown };

/** What no field of any event takes, by name. */
const POISONS: Record<string, unknown> = {
  null: null,
  true: true,
  zero: 0,
  negative: -1,
  fraction: 1.5,
  "huge number": 1e308,
  "unsafe integer": 2 ** 53,
  "empty text": "",
  blank: " \u200b\u3164",
  NUL: "a\0b",
  "lone surrogate": "\ud800",
  "long text": "x".repeat(20_000),
  SQL: "'; DROP TABLE chat.rooms; --",
  "empty list": [],
  "nested list": nestedList(2_000),
  "long list": Array.from({ length: 5_000 }, () => 0),
  object: {},
  "nested object": nestedObject(1_000),
  prototype: JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":1}}}'),
  "toString and then": JSON.parse('{"toString":"text","toJSON":1,"length":-1,"then":"text"}'),
};

/** Every field of every event poisoned in every way, and left out: with the schemas as grammar. */
export function malformedPackets(): Malformed[] {
  return (Object.keys(clientEvents) as ClientEventName[]).flatMap((event) => {
    const schema = schemaOf(event);
    const valid = () => validValue(schema);
    const paths = pathsWithin(valid());
    return paths.flatMap((path) => [
      ...Object.entries(POISONS).map(([name, poison]) => ({
        kind: `${event} ${path.join(".")} ${name}`,
        event,
        request: replacedAt(valid(), path, poison),
      })),
      ...(path.length === 0
        ? []
        : [
            {
              kind: `${event} without ${path.join(".")}`,
              event,
              request: replacedAt(valid(), path, undefined),
            },
          ]),
    ]);
  });
}

function schemaOf(event: ClientEventName): Schema {
  return z.toJSONSchema(clientEvents[event].request, {
    io: "input",
    unrepresentable: "any",
  }) as Schema;
}

function validValue(schema: Schema): unknown {
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (choice) return validValue(choice);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [name, validValue(field)]),
      );
    case "array":
      return schema.items ? [validValue(schema.items)] : [];
    case "string":
      return schema.pattern ? randomUUID() : "text";
    case "boolean":
      return true;
    default:
      return 1;
  }
}
