import { expect, it } from "vitest";
import { AuthRoutes } from "./auth-routes.ts";
import type { Http } from "./http.ts";

it("a token out of a link stays one segment of its route, whatever it says", async () => {
  const asked: string[] = [];
  const http: Http = async ({ path }) => {
    asked.push(path);
    return undefined as never;
  };
  const routes = new AuthRoutes(http, "cookie");
  for (const token of ["../../users/me", "x?a=b#c", "%2e%2e/sessions", "//evil.example/"]) {
    await routes.resetPassword(token, "correct-horse-2");
  }
  const { origin } = new URL("https://chat.example.org");
  for (const path of asked) {
    const url = new URL(path, origin);
    expect(url.origin).toBe(origin);
    expect(url.pathname).toMatch(/^\/api\/auth\/password-resets\/[^/]+$/);
    expect(url.search + url.hash).toBe("");
  }
});
