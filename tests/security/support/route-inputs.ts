import { readFileSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { isErrorCode, problem } from "@moim/protocol";
import fc from "fast-check";
import { z } from "zod";
import { type Known, type Schema, valuesOf } from "./grammar.ts";
import type { Person } from "./people.ts";
import { hostileJson, hostileText, withFaults } from "./values.ts";

/** A request of a route that there is, by what it consists of. `caller` picks whose token goes along. */
export type RouteInput = {
  front: "service" | "proxy";
  method: string;
  /** As in the reference, with `{names}` in it. */
  route: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  caller: number;
  token: "own" | "none" | "refresh token" | "unsigned" | "of another key";
};

type Operation = {
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};
type Reference = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

const REFERENCE = new URL("../../../services/auth/reference/openapi.json", import.meta.url);
const reference: Reference = JSON.parse(readFileSync(REFERENCE, "utf8"));
const operations = Object.entries(reference.paths).flatMap(([route, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route, method, operation })),
);
/** What the proxy keeps to itself. */
const OPERATORS_ONLY = ["/livez", "/readyz", "/metrics"];

export function routeInputs(known: Known): fc.Arbitrary<RouteInput> {
  return fc.oneof(...operations.map((operation) => inputsOf(operation, known)));
}

/** Every route that there is, once each, by its method and path. */
export const ROUTES = operations.map(({ method, route }) => `${method} ${route}`);

function inputsOf(
  { route, method, operation }: (typeof operations)[number],
  known: Known,
): fc.Arbitrary<RouteInput> {
  const isPublic = !OPERATORS_ONLY.includes(route);
  return fc.record({
    front: isPublic ? fc.constantFrom("service", "service", "proxy") : fc.constant("service"),
    method: fc.constant(method.toUpperCase()),
    route: fc.constant(route),
    path: pathsOf(route, operation, known),
    headers: headersOf(operation),
    body: bodiesOf(operation, known),
    caller: fc.nat(10_000),
    token: fc.oneof(
      { weight: 8, arbitrary: fc.constant("own" as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom("none", "refresh token", "unsigned", "of another key"),
      },
    ),
  });
}

function pathsOf(route: string, { parameters = [] }: Operation, known: Known) {
  const inPath = parameters.filter((parameter) => parameter.in === "path");
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const value = ({ schema, name }: (typeof parameters)[number]) =>
    fc.oneof(
      { weight: 3, arbitrary: valuesOf(schema, known, name).map(asText) },
      { weight: 1, arbitrary: hostileText },
    );
  const filled = fc
    .tuple(...inPath.map(value))
    .map((texts) =>
      inPath.reduce(
        (path, { name }, index) => path.replace(`{${name}}`, encode(texts[index] ?? "")),
        route,
      ),
    );
  const pair = inQuery.map((parameter) =>
    value(parameter).map((text) => `${parameter.name}=${encode(text)}`),
  );
  const query = pair.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...pair), { maxLength: 3 });
  return fc
    .tuple(filled, query)
    .map(([path, pairs]) => (pairs.length === 0 ? path : `${path}?${pairs.join("&")}`));
}

const ODD_HEADERS: Record<string, string>[] = [
  {},
  {},
  {},
  { "content-type": "text/plain" },
  { "content-type": "application/json\t; a" },
  { "content-type": "application/json; charset=utf-7" },
  { "content-type": "application/jsonx" },
  { "content-type": "" },
  { "content-encoding": "gzip" },
  { accept: "text/html" },
  { "accept-language": `${"de-DE;q=0.1,".repeat(200)}ko` },
  { "accept-language": "ko;q=zzz, *;q=-1,;;;" },
  { "user-agent": "(".repeat(3_000) },
  { "x-forwarded-for": "1.2.3.4, ::1, nonsense" },
  { "x-forwarded-host": "evil.example" },
  { "x-forwarded-proto": "javascript" },
  { "x-http-method-override": "DELETE" },
  { range: "bytes=0-999999999999" },
  { "if-none-match": "*" },
  { cookie: `moim_refresh=${"a".repeat(43)}; moim_refresh=b` },
  { cookie: "moim_refresh=%E0%A4%A; __proto__=1; =;;" },
  { origin: "https://evil.example" },
  { origin: "null" },
  { expect: "100-continue" },
];

function headersOf({ requestBody }: Operation): fc.Arbitrary<Record<string, string>> {
  const type = Object.keys(requestBody?.content ?? {})[0];
  return fc
    .constantFrom(...ODD_HEADERS)
    .map((odd) => ({ ...(type === undefined ? {} : { "content-type": type }), ...odd }));
}

function bodiesOf({ requestBody }: Operation, known: Known): fc.Arbitrary<string | undefined> {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return fc.oneof(fc.constant(undefined), hostileJson, hostileText);
  const valid = valuesOf(schema, known);
  return fc.oneof(
    { weight: 4, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: withFaults(valid).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: hostileJson },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** Most of the time as browsers do, which is as far as an address can be wrong in HTTP's own terms. */
function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\ufffd")).slice(0, 8_000);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

export type Fronts = { service: number; proxy: number };

/** Programs that send requests with tokens of people, each from an address of its own. */
export class RouteCallers {
  readonly outcomes = new Map<string, number>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #ports: Fronts;
  readonly #people: readonly Person[];
  #asked = 0;

  constructor(ports: Fronts, people: readonly Person[]) {
    this.#ports = ports;
    this.#people = people;
  }

  async tryOut(input: RouteInput): Promise<string[]> {
    const answer = await this.#ask(input).catch((error: unknown) => `no answer: ${error}`);
    if (typeof answer === "string") return [answer];
    this.#count(`${input.method.toLowerCase()} ${input.route}`, answer.status);
    return complaintsAbout(input, answer);
  }

  close(): void {
    this.#agent.destroy();
  }

  #count(route: string, status: number): void {
    const name = `${route} ${status}`;
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
  }

  #ask(input: RouteInput): Promise<Answer> {
    const { front, method, path, body } = input;
    const asked = this.#asked++;
    const headers = {
      // Behind a trusted proxy, as here: the limits per address must not end the run.
      "x-forwarded-for": `10.${(asked >> 14) & 127}.${(asked >> 7) & 127}.${asked & 127}`,
      ...this.#authorization(input),
      ...input.headers,
      ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    };
    const target = { host: "127.0.0.1", port: this.#ports[front], agent: this.#agent };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ ...target, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const status = response.statusCode ?? 0;
          resolve({ status, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      request.once("error", reject);
      request.end(body);
    });
  }

  #authorization({ token, caller }: RouteInput): Record<string, string> {
    const person = this.#people[caller % this.#people.length];
    if (person === undefined) throw new Error("nobody calls");
    const [head = "", claims = "", signature = ""] = person.accessToken.split(".");
    switch (token) {
      case "none":
        return {};
      case "own":
        return { authorization: `Bearer ${person.accessToken}` };
      case "refresh token":
        return { authorization: `Bearer ${person.refreshToken}` };
      case "unsigned":
        return { authorization: `Bearer ${encoded({ alg: "none" })}.${claims}.` };
      case "of another key":
        return {
          authorization: `Bearer ${head}.${claims}.${[...signature].reverse().join("")}`,
        };
    }
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** What the contract does not allow about an answer. */
function complaintsAbout(input: RouteInput, answer: Answer): string[] {
  const { status } = answer;
  if (status === 304) return [];
  if (status >= 200 && status < 300) return complaintsAboutSuccess(input, answer);
  if (status >= 500) return [`answered ${status} ${answer.body}`];
  return complaintsAboutProblem(answer);
}

function complaintsAboutSuccess(input: RouteInput, { status, body }: Answer): string[] {
  const isGuarded = reference.paths[input.route]?.[input.method.toLowerCase()];
  const needsToken = isGuarded !== undefined && "security" in isGuarded;
  if (needsToken && input.token !== "own") return [`${status} for a token that is none of ours`];
  const promised = isGuarded?.responses[String(status)];
  if (promised === undefined) return [`${status} is not in the reference`];
  const schema = promised.content?.["application/json"]?.schema;
  if (schema === undefined) return [];
  const result = zodOf(schema).safeParse(JSON.parse(body.toString()));
  return result.success ? [] : [`${status} not of the reference: ${result.error.message}`];
}

const DETAIL_CHARACTERS_MAX = 500;

function complaintsAboutProblem({ status, headers, body }: Answer): string[] {
  const type = headers["content-type"] ?? "none";
  if (!type.startsWith("application/problem+json")) return [`${status} as ${type}: ${body}`];
  const result = problem.safeParse(JSON.parse(body.toString()));
  if (!result.success) return [`${status} is no problem: ${body}`];
  const { code, detail = "" } = result.data;
  const complaints = [];
  if (!isErrorCode(code)) complaints.push(`${code} is no code of the contract`);
  if (result.data.status !== status) complaints.push(`${status} says ${result.data.status}`);
  if (detail.length > DETAIL_CHARACTERS_MAX) complaints.push(`a detail of ${detail.length}`);
  if (status === 429 && headers["retry-after"] === undefined) complaints.push("no Retry-After");
  return complaints;
}

const schemas = new Map<Schema, z.ZodType>();

function zodOf(schema: Schema): z.ZodType {
  const known = schemas.get(schema);
  if (known !== undefined) return known;
  const whole = { ...schema, $defs: reference.components.schemas };
  const text = JSON.stringify(whole).replaceAll("#/components/schemas/", "#/$defs/");
  const made = z.fromJSONSchema(JSON.parse(text));
  schemas.set(schema, made);
  return made;
}
