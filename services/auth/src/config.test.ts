import { ConfigurationError, type Environment } from "@moim/service";
import { describe, expect, it } from "vitest";
import { readConfig, warningsAbout } from "./config.ts";
import { makePrivateJwk } from "./keys/signing-key.ts";

const DATABASE_URL = "postgres://localhost/moim";

describe("the configuration", () => {
  it("needs nothing but a database in development", async () => {
    expect(await readConfig({ DATABASE_URL })).toEqual({
      ...{ isProduction: false, host: "127.0.0.1", port: 3002, databaseUrl: DATABASE_URL },
      ...{ redisUrl: undefined, logLevel: "info" },
      ...{ signingKeys: undefined, signingKeysFile: undefined },
      ...{ isEmailVerified: true, publicUrl: undefined, allowedOrigins: undefined },
      mail: {
        server: { kind: "log" },
        from: "no-reply@localhost",
        linkUrl: "http://localhost:8080",
      },
      trustedProxies: ["loopback", "linklocal", "uniquelocal"],
      token: {
        ...{ issuer: "moim", audience: "moim" },
        ...{ accessTtlSeconds: 600, refreshTtlSeconds: 604_800 },
      },
    });
  });

  it.each<[string, Environment]>([
    ["DATABASE_URL", { DATABASE_URL: "" }],
    ["DATABASE_URL", { DATABASE_URL: "mysql://x" }],
    ["PORT", { PORT: "http" }],
    ["PORT", { PORT: "65536" }],
    ["MAIL_URL", { MAIL_URL: "gopher://x" }],
    ["MAIL_URL", { MAIL_URL: "nonsense" }],
    ["MAIL_URL", { MAIL_URL: "smtp://" }],
    ["MAIL_URL", { MAIL_URL: "smtp://host/path" }],
    ["MAIL_URL", { MAIL_URL: "smtp://us%er:secret@host" }],
    ["MAIL_FROM", { MAIL_FROM: "no-reply" }],
    ["MAIL_FROM", { MAIL_FROM: "Moim <no-reply@example.org>\nBcc: somebody@example.org" }],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "everybody" }],
    ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "10.0.0.0/33" }],
    ["EMAIL_VERIFICATION", { EMAIL_VERIFICATION: "maybe" }],
    ["PUBLIC_URL", { PUBLIC_URL: "moim.example.org" }],
    ["ACCESS_TOKEN_TTL_SECONDS", { ACCESS_TOKEN_TTL_SECONDS: "-1" }],
    ["REFRESH_TOKEN_TTL_SECONDS", { REFRESH_TOKEN_TTL_SECONDS: "1 week" }],
    ["SIGNING_KEYS", { SIGNING_KEYS: "secret" }],
    ["SIGNING_KEYS", { SIGNING_KEYS: '{"keys":[]}' }],
    ["SIGNING_KEYS", { SIGNING_KEYS: '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"secret"}]}' }],
    ["SIGNING_KEYS_FILE", { SIGNING_KEYS_FILE: "/nowhere" }],
    ["SIGNING_KEYS", { NODE_ENV: "production", MAIL_URL: "log:" }],
  ])("with a bad %s is refused in one line: %j", async (name, environment) => {
    const refusal: unknown = await readConfig({ DATABASE_URL, ...environment }).catch((e) => e);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(String(refusal)).toMatch(new RegExp(`^ConfigurationError: ${name} .+$`));
    expect(String(refusal)).not.toContain("secret");
  });

  it("warns of a site for others that proves no addresses, or writes its mails to the log", async () => {
    const SIGNING_KEYS = JSON.stringify({ keys: [await makePrivateJwk()] });
    const warned = async (given: Environment) =>
      warningsAbout(
        await readConfig({ DATABASE_URL, NODE_ENV: "production", SIGNING_KEYS, ...given }),
      ).map((warning) => warning.split(" ")[0]);
    const open = { PUBLIC_URL: "https://chat.example.org", EMAIL_VERIFICATION: "off" };
    expect(await warned({ ...open, MAIL_URL: "log:" })).toEqual(["EMAIL_VERIFICATION", "MAIL_URL"]);
    expect(await warned({ ...open, MAIL_URL: "smtp://mail" })).toEqual(["EMAIL_VERIFICATION"]);
    const closed = { ...open, EMAIL_VERIFICATION: "on", MAIL_URL: "smtp://mail" };
    expect(await warned(closed)).toEqual([]);
    const local = { PUBLIC_URL: "http://localhost:8080", EMAIL_VERIFICATION: "off" };
    expect(await warned({ ...local, MAIL_URL: "log:" })).toEqual([]);
  });

  it("takes a sender with and without a name, and proxies in words and numbers", async () => {
    for (const MAIL_FROM of ["no-reply@example.org", "모임 Moim <no-reply@example.org>"]) {
      expect((await readConfig({ DATABASE_URL, MAIL_FROM })).mail.from).toBe(MAIL_FROM);
    }
    const proxiesOf = async (TRUSTED_PROXIES: string) =>
      (await readConfig({ DATABASE_URL, TRUSTED_PROXIES })).trustedProxies;
    const networks = ["loopback", "10.0.0.0/8", "fd00::/8"];
    expect(await proxiesOf("loopback,10.0.0.0/8, fd00::/8")).toEqual(networks);
    expect(await proxiesOf("loopback 10.0.0.0/8 fd00::/8")).toEqual(networks);
    expect(await proxiesOf("none")).toEqual([]);
  });

  it("in production wants a public URL for the links in mails that are truly sent", async () => {
    const SIGNING_KEYS = JSON.stringify({ keys: [await makePrivateJwk()] });
    const MAIL_URL = "smtp://mail:25";
    const production = { DATABASE_URL, NODE_ENV: "production", SIGNING_KEYS, MAIL_URL };
    await expect(readConfig(production)).rejects.toThrow(/^PUBLIC_URL /);
    const { mail } = await readConfig({ ...production, PUBLIC_URL: "https://chat.example.org" });
    expect([mail.linkUrl, mail.from]).toEqual([
      "https://chat.example.org",
      "no-reply@chat.example.org",
    ]);
  });

  it("in production wants keys and, to verify addresses, a way to mail", async () => {
    const SIGNING_KEYS = JSON.stringify({ keys: [await makePrivateJwk()] });
    const production = { DATABASE_URL, NODE_ENV: "production", SIGNING_KEYS };
    await expect(readConfig(production)).rejects.toThrow(/^MAIL_URL /);
    const { signingKeys } = await readConfig({ ...production, EMAIL_VERIFICATION: "off" });
    expect(signingKeys?.current.kid).toMatch(/^[\w-]{43}$/);
  });

  it("refuses a key whose halves do not belong together", async () => {
    const [one, other] = [await makePrivateJwk(), await makePrivateJwk()];
    const SIGNING_KEYS = JSON.stringify({ keys: [{ ...one, x: other.x }] });
    await expect(readConfig({ DATABASE_URL, SIGNING_KEYS })).rejects.toThrow(/^SIGNING_KEYS /);
  });
});
