import { describe, expect, it } from "vitest";
import { useAuthServer } from "./auth-server.ts";

const server = useAuthServer();

describe("refreshing", () => {
  it("gives a new pair of tokens", async () => {
    const session = await server().signUp("rotates");
    const { status, body } = await server().refresh(session.refreshToken);
    expect(status).toBe(200);
    expect(body.refreshToken).not.toBe(session.refreshToken);
    expect(body).toMatchObject({ sessionId: session.sessionId, user: session.user });
  });

  it("gives one successor to twenty uses at once", async () => {
    const { refreshToken } = await server().signUp("races");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server().refresh(refreshToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const successors = new Set(answers.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
    expect(successors.has(refreshToken)).toBe(false);
  });
});
