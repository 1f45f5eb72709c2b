import { createHmac, generateKeyPairSync, type KeyLike, sign } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { bearer, type SignedUp, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
let session: SignedUp;

beforeAll(async () => {
  session = await server().signUp("token");
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

type Claims = Record<string, unknown>;

function claims(change: Claims = {}): Claims {
  const nowSeconds = Math.floor(server().clock.now / 1000);
  return {
    iss: "moim",
    aud: "moim",
    sub: session.user.id,
    sid: session.sessionId,
    jti: "1",
    iat: nowSeconds,
    exp: nowSeconds + 600,
    typ: "access",
    ...change,
  };
}

function signed(
  payload: Claims,
  header: object = {},
  key: KeyLike = server().keys.current.privatePem,
): string {
  const kid = server().keys.current.kid;
  const text = `${encode({ alg: "EdDSA", typ: "JWT", kid, ...header })}.${encode(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}

async function answerTo(token: string) {
  const { status, body } = await server().call("GET", "/api/users/me", undefined, bearer(token));
  return status === 200 ? 200 : [status, body.code];
}

const refused = [401, "token_invalid"];

describe("an access token", () => {
  it("is a JWT as the contract has it", () => {
    const [header, payload] = session.accessToken
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect(header).toMatchObject({ alg: "EdDSA", kid: server().keys.current.kid });
    expect(payload).toEqual({
      ...claims({ iat: payload.iat, exp: session.accessTokenExpiresAt / 1000 }),
      jti: expect.stringMatching(/./),
    });
  });

  it("is accepted when it was signed by our key, so that the refusals below mean something", async () => {
    expect(await answerTo(session.accessToken)).toBe(200);
    expect(await answerTo(signed(claims()))).toBe(200);
  });

  it("is refused without a signature (alg none)", async () => {
    const body = encode(claims());
    const kid = server().keys.current.kid;
    for (const alg of ["none", "None", "NONE"]) {
      expect(await answerTo(`${encode({ alg, typ: "JWT", kid })}.${body}.`)).toEqual(refused);
    }
    expect(await answerTo(`${encode({ alg: "EdDSA", kid })}.${body}.`)).toEqual(refused);
    expect(await answerTo(`${encode({ alg: "EdDSA", kid })}.${body}`)).toEqual(refused);
  });

  it("is refused when the public key was taken for a shared secret (HS256)", async () => {
    const { kid, publicPem, publicJwk } = server().keys.current;
    const text = `${encode({ alg: "HS256", typ: "JWT", kid })}.${encode(claims())}`;
    for (const secret of [publicPem, publicPem.trim(), publicJwk.x ?? ""]) {
      const mac = createHmac("sha256", secret).update(text).digest("base64url");
      expect(await answerTo(`${text}.${mac}`)).toEqual(refused);
    }
  });

  it("is refused when another key signed it, whatever the header offers", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const jwk = publicKey.export({ format: "jwk" });
    expect(await answerTo(signed(claims(), {}, privateKey))).toEqual(refused);
    expect(await answerTo(signed(claims(), { kid: "mine", jwk }, privateKey))).toEqual(refused);
    expect(await answerTo(signed(claims(), { kid: undefined, jwk }, privateKey))).toEqual(refused);
    expect(await answerTo(signed(claims(), { kid: "__proto__" }, privateKey))).toEqual(refused);
  });

  it.each(["iss", "aud", "sub", "sid", "typ", "exp", "jti", "iat"])(
    "is refused without %s",
    async (name) => {
      expect(await answerTo(signed(claims({ [name]: undefined })))).toEqual(refused);
    },
  );

  it.each([
    ["iss", "other"],
    ["aud", "other"],
    ["typ", "refresh"],
    ["sub", "not-an-id"],
    ["sid", 7],
    ["exp", "tomorrow"],
  ])("is refused with a wrong %s", async (name, value) => {
    expect(await answerTo(signed(claims({ [name]: value })))).toEqual(refused);
  });

  it("is refused as expired from the second it expires", async () => {
    const nowSeconds = Math.floor(server().clock.now / 1000);
    expect(await answerTo(signed(claims({ exp: nowSeconds })))).toEqual([401, "token_expired"]);
    expect(await answerTo(signed(claims({ exp: nowSeconds + 1 })))).toBe(200);
    const forged = signed(claims({ exp: nowSeconds - 1 })).replace(/.{4}$/, "AAAA");
    expect(await answerTo(forged)).toEqual(refused);
  });

  it("is refused when its payload was changed after signing", async () => {
    const [header, , signature] = signed(claims()).split(".");
    const changed = encode(claims({ exp: 9_999_999_999 }));
    expect(await answerTo(`${header}.${changed}.${signature}`)).toEqual(refused);
  });

  it("cannot be replaced by a refresh token, nothing, or noise", async () => {
    for (const token of [session.refreshToken, "", "a.b.c", "…", "null"]) {
      expect(await answerTo(encodeURIComponent(token))).toEqual(refused);
    }
    const missing = await server().call("GET", "/api/users/me");
    expect([missing.status, missing.body.code]).toEqual(refused);
    const basic = { authorization: `Basic ${session.accessToken}` };
    expect((await server().call("GET", "/api/users/me", undefined, basic)).status).toBe(401);
  });
});

describe("the JWK set", () => {
  it("publishes public halves only, cacheable", async () => {
    const { body, headers } = await server().call("GET", "/.well-known/jwks.json");
    expect(headers["cache-control"]).toMatch(/^public, max-age=\d+$/);
    const published = {
      ...{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" },
      ...{ kid: expect.stringMatching(/^[\w-]{43}$/), x: expect.stringMatching(/^[\w-]{43}$/) },
    };
    expect(body.keys).toEqual([published, published]);
    expect(body.keys[0]?.kid).toBe(server().keys.current.kid);
  });
});
