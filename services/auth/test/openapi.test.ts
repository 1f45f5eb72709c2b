import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import { makePrivateJwk } from "../src/keys/signing-key.ts";
import { startAuthServer, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
beforeAll(async () => void (await server().app.ready()));

const reference = () => JSON.parse(JSON.stringify(server().app.swagger()));

describe("the routes' reference", () => {
  it("is what the routes check: `pnpm --filter @moim/auth reference` writes it anew", () => {
    const committed = readFileSync(new URL("../reference/openapi.json", import.meta.url), "utf8");
    expect(JSON.parse(committed)).toEqual(reference());
  });

  it("is a valid OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    expect(await validator.validate(reference())).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("names every route of the contract, and a problem for each", () => {
    const { paths } = reference() as { paths: Record<string, Record<string, Operation>> };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => {
        expect(JSON.stringify(responses.default)).toContain("application/problem+json");
        return `${method.toUpperCase()} ${path}`;
      }),
    );
    expect(routes.sort()).toEqual(
      [
        ...["POST /api/auth/verification-codes", "GET /api/auth/nickname-availability"],
        ...["POST /api/auth/sign-up", "POST /api/auth/sign-in", "POST /api/auth/refresh"],
        ...["POST /api/auth/sign-out", "GET /api/auth/sessions", "DELETE /api/auth/sessions"],
        ...["DELETE /api/auth/sessions/{id}", "PUT /api/auth/password"],
        ...["POST /api/auth/password-resets", "PUT /api/auth/password-resets/{token}"],
        ...["GET /api/users/me", "PATCH /api/users/me", "DELETE /api/users/me", "GET /api/users"],
        ...["PUT /api/users/me/avatar", "DELETE /api/users/me/avatar"],
        ...["GET /api/users/avatars/{contentHash}", "GET /.well-known/jwks.json"],
        ...["GET /livez", "GET /readyz", "GET /metrics"],
      ].sort(),
    );
  });

  it("is shown at /api/docs, by this service alone", async () => {
    const page = await server().call("GET", "/api/docs/");
    expect([page.status, page.headers["content-type"]]).toEqual([
      200,
      expect.stringMatching(/^text\/html/),
    ]);
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(addresses.length).toBeGreaterThan(2);
    for (const path of addresses) {
      expect(path).not.toMatch(/^(https?:)?\/\//);
      expect(
        (await server().call("GET", new URL(path ?? "", "http://x/api/docs/").pathname)).status,
      ).toBe(200);
    }
    const json = await server().call("GET", "/api/docs/json");
    expect(JSON.parse(json.text)).toEqual(reference());
  });

  it("is not shown in production", async () => {
    const { server: production, close } = await startAuthServer({
      ...{ NODE_ENV: "production", MAIL_URL: "log:" },
      SIGNING_KEYS: JSON.stringify({ keys: [await makePrivateJwk()] }),
    });
    const answers = await Promise.all(
      ["/api/docs", "/api/docs/", "/api/docs/json"].map((path) => production.call("GET", path)),
    );
    await close();
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array(3).fill([404, "not_found"]),
    );
  });
});

type Operation = { responses: Record<string, unknown> };
