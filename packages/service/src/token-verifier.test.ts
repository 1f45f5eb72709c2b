import { Failure } from "@moim/protocol";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TokenVerifier } from "./token-verifier.ts";

const JWKS_URL = "http://auth.test/.well-known/jwks.json";
const USER = "0197a4c0-0000-7000-8000-000000000001";
const SESSION = "0197a4c0-0000-7000-8000-000000000002";
const START = 1_800_000_000_000;

type Key = Awaited<ReturnType<typeof newKey>>;

async function newKey(kid: string, algorithm = "EdDSA") {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { kid, algorithm, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

let first: Key;
let second: Key;
let elliptic: Key;
beforeAll(async () => {
  first = await newKey("first");
  second = await newKey("second");
  elliptic = await newKey("elliptic", "ES256");
});

/** Time, and the auth service as the verifier sees it. */
let now: number;
let published: Key[];
let requests: number;
let answer: () => Promise<Response>;
let verifier: TokenVerifier;
beforeEach(() => {
  now = START;
  published = [first];
  requests = 0;
  answer = async () => Response.json({ keys: published.map((key) => key.jwk) });
  verifier = new TokenVerifier({
    jwksUrl: JWKS_URL,
    issuer: "moim",
    audience: "moim",
    logger: pino({ level: "silent" }),
    now: () => now,
    fetch: (url) => {
      if (url !== JWKS_URL) throw new Error(`asked for ${url}`);
      requests++;
      return answer();
    },
  });
});

function auth(isUp: boolean): void {
  answer = async () => {
    if (!isUp) throw new TypeError("fetch failed");
    return Response.json({ keys: published.map((key) => key.jwk) });
  };
}

/** A sound token, but for what is given; a claim given as undefined is absent. */
function token(claims: Record<string, unknown> = {}, key: Key = first): Promise<string> {
  const iat = Math.floor(START / 1_000);
  const sound = { iss: "moim", aud: "moim", sub: USER, sid: SESSION, jti: "j", typ: "access" };
  return new SignJWT({ ...sound, iat, exp: iat + 600, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid })
    .sign(key.privateKey);
}

/** The code with which a token is refused. */
async function refusal(text: string): Promise<string> {
  try {
    await verifier.verify(text);
    return "accepted";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

describe("a token", () => {
  it("that is sound gives its claims", async () => {
    const claims = await verifier.verify(await token());
    expect(claims).toMatchObject({ sub: USER, sid: SESSION, exp: START / 1_000 + 600 });
  });

  it("holds until its very second, and then is expired, not invalid", async () => {
    const text = await token();
    now = START + 600_000 - 1;
    expect(await refusal(text)).toBe("accepted");
    now = START + 600_000;
    expect(await refusal(text)).toBe("token_expired");
  });

  it.each([
    ["another issuer", { iss: "elsewhere" }],
    ["another audience", { aud: "elsewhere" }],
    ["another type", { typ: "refresh" }],
    ["no issuer", { iss: undefined }],
    ["no audience", { aud: undefined }],
    ["no type", { typ: undefined }],
    ["no session", { sid: undefined }],
    ["a session that is no id", { sid: "x" }],
    ["no user", { sub: undefined }],
    ["a user that is no id", { sub: "admin" }],
    ["no expiry", { exp: undefined }],
    ["no time of issue", { iat: undefined }],
    ["a start in the future", { nbf: START / 1_000 + 60 }],
  ])("with %s is invalid", async (_, claims) => {
    expect(await refusal(await token(claims))).toBe("token_invalid");
  });

  it("that is expired and of another issuer is not told to renew", async () => {
    const text = await token({ iss: "elsewhere", exp: START / 1_000 - 1 });
    expect(await refusal(text)).toBe("token_invalid");
  });

  it.each(["", "x", "a.b.c", "null", `${"a".repeat(10_000)}.b.c`])(
    "that is none is invalid",
    async (text) => {
      expect(await refusal(text)).toBe("token_invalid");
    },
  );

  it("with a changed payload is invalid", async () => {
    const [header, , signature] = (await token()).split(".");
    const [, payload] = (await token({ sub: SESSION }, second)).split(".");
    expect(await refusal([header, payload, signature].join("."))).toBe("token_invalid");
  });

  it("by another key that claims a published name is invalid", async () => {
    expect(await refusal(await token({}, { ...second, kid: "first" }))).toBe("token_invalid");
  });
});

describe("the algorithm is pinned", () => {
  it("a token by a published key of another algorithm is invalid", async () => {
    published = [first, elliptic];
    expect(await refusal(await token({}, elliptic))).toBe("token_invalid");
    expect(await refusal(await token())).toBe("accepted");
  });

  it("an unsigned token is invalid", async () => {
    const [, payload] = (await token()).split(".");
    const header = Buffer.from('{"alg":"none","kid":"first"}').toString("base64url");
    expect(await refusal(`${header}.${payload}.`)).toBe("token_invalid");
  });

  it("a token signed with the public key as a shared secret is invalid", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(first.jwk));
    const text = await new SignJWT({ sub: USER, sid: SESSION, typ: "access", jti: "j" })
      .setProtectedHeader({ alg: "HS256", kid: "first" })
      .setIssuer("moim")
      .setAudience("moim")
      .setIssuedAt(START / 1_000)
      .setExpirationTime(START / 1_000 + 600)
      .sign(secret);
    expect(await refusal(text)).toBe("token_invalid");
  });
});

describe("the keys", () => {
  it("are fetched once for all tokens", async () => {
    const text = await token();
    await Promise.all([verifier.verify(text), verifier.verify(text), verifier.verify(text)]);
    await verifier.verify(text);
    expect(requests).toBe(1);
  });

  it("are asked for again when a token names a new one", async () => {
    await verifier.verify(await token());
    published = [second, first];
    now += 5_000;
    expect(await refusal(await token({}, second))).toBe("accepted");
    expect(requests).toBe(2);
  });

  it("are asked for once when many tokens name a new one at the same time, and all wait for it", async () => {
    await verifier.verify(await token());
    published = [second, first];
    now += 5_000;
    const text = await token({}, second);
    const refusals = await Promise.all([refusal(text), refusal(text), refusal(text)]);
    expect(refusals).toEqual(["accepted", "accepted", "accepted"]);
    expect(requests).toBe(2);
  });

  it("are asked for at most once in 5 s, whatever names are made up", async () => {
    await verifier.verify(await token());
    now += 5_000;
    for (let index = 0; index < 20; index++) {
      const forged = await token({}, { ...second, kid: `forged-${index}` });
      expect(await refusal(forged)).toBe("token_invalid");
    }
    expect(requests).toBe(2);
    now += 4_999;
    await refusal(await token({}, second));
    expect(requests).toBe(2);
    now += 1;
    await refusal(await token({}, second));
    expect(requests).toBe(3);
  });

  it("that were withdrawn are forgotten within ten minutes", async () => {
    const lasting = { exp: START / 1_000 + 3_600 };
    const text = await token(lasting);
    await verifier.verify(text);
    published = [second];
    now += 10 * 60_000 + 1;
    expect(await refusal(text)).toBe("accepted"); // Asks in the background.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await refusal(text)).toBe("token_invalid");
  });
});

describe("while the auth service is down", () => {
  it("the keys at hand serve on, however old", async () => {
    const text = await token({ exp: START / 1_000 + 86_400 });
    await verifier.verify(text);
    auth(false);
    now += 3_600_000;
    expect(await refusal(text)).toBe("accepted");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await refusal(text)).toBe("accepted");
    expect(requests).toBe(2);
  });

  it("and no keys have come yet, a token is refused as unavailable, and accepted as soon as they come", async () => {
    auth(false);
    const text = await token();
    await expect(verifier.verify(text)).rejects.toMatchObject({
      code: "unavailable",
      retryAfterMs: 1_000,
    });
    auth(true);
    expect(await refusal(text)).toBe("accepted");
  });

  it("a token by an unknown key is unavailable, not invalid: its key may be new", async () => {
    await verifier.verify(await token());
    auth(false);
    now += 5_000;
    const text = await token({ exp: START / 1_000 + 86_400 }, second);
    expect(await refusal(text)).toBe("unavailable");
    expect(await refusal(text)).toBe("unavailable");
  });

  it.each([
    ["an error", async () => new Response("oops", { status: 500 })],
    ["an error in the form of a key set", async () => Response.json({ keys: [] }, { status: 503 })],
    ["no JSON", async () => new Response("<html>")],
    ["no key set", async () => Response.json({ keys: "none" })],
  ])("or answers %s, the keys at hand serve on", async (_, broken) => {
    const text = await token({ exp: START / 1_000 + 86_400 });
    await verifier.verify(text);
    answer = broken;
    now += 3_600_000;
    await refusal(text);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await refusal(text)).toBe("accepted");
  });
});
