import fc from "fast-check";

/** As much of JSON Schema as Zod writes. */
export type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  [name: string]: unknown;
};

/** What exists, by the name of the field that asks for it, so that requests get past the first check. */
export type Known = Readonly<Record<string, readonly string[]>>;

const INTEGERS = [0, 1, 2, 3, 7, 2 ** 31, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER];
const ITEMS_MAX = 4;

/** Values that the schema allows, its bounds and what lies one beyond them among them. */
export function valuesOf(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice, known, name)));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return objectsOf(schema, known);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, known, name), { maxLength: ITEMS_MAX });
    case "string":
      return textsOf(schema, known[name] ?? []);
    case "integer":
    case "number":
      return numbersOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectsOf({ properties = {}, required = [] }: Schema, known: Known) {
  const fields = Object.entries(properties).map(
    ([name, field]) => [name, valuesOf(field, known, name)] as const,
  );
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: required.filter((name) => name in properties),
  });
}

function textsOf({ pattern, minLength = 0, maxLength = 100 }: Schema, known: readonly string[]) {
  const bounds = [minLength, maxLength, maxLength + 1].map((length) =>
    fc.constant("a".repeat(length)),
  );
  const isId = pattern?.includes("[0-9a-f]{12}") ?? false;
  const made = isId ? fc.uuid() : fc.oneof(fc.string({ maxLength: 20 }), ...bounds);
  return known.length === 0
    ? made
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made });
}

function numbersOf({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema) {
  const all = [...INTEGERS, minimum, minimum - 1, maximum, maximum + 1];
  return fc.constantFrom(...new Set(all));
}
