import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, Line, signUp } from "../../gateway/caller.ts";
import { Installation } from "../support/installation.ts";

const IMAGE_TAG = `test-secrets-${process.pid}`;
const PAGE = new URL("../../../docs/operating/secrets.md", import.meta.url);

/** Does what a comment of the page says. */
type Edit = () => void | Promise<void>;

const cases = [
  { where: ".env", parameters: [] },
  { where: "files", parameters: ["--secret-files"] },
] as const;

let last: Installation | undefined;
afterAll(() => last?.removeImages());

describe.each(cases)(
  "secrets in $where are replaced by the page's own commands:",
  ({ where, parameters }) => {
    let moim: Installation;
    let alice: Caller;
    let roomId: string;

    beforeAll(async () => {
      moim = await Installation.clone(IMAGE_TAG);
      last = moim;
      await moim.initialise(...parameters);
      await moim.compose("up", "-d", "--build", "--wait");
      alice = await signUp(moim.url);
      const bob = await signUp(moim.url);
      const line = await Line.open(moim.url, alice);
      const created = await line.ask("room:create", { kind: "direct", userId: bob.userId });
      roomId = (created as { room: { id: string } }).room.id;
      line.close();
    });
    afterAll(() => moim?.remove());

    test("signing keys, and who is signed in stays so", async () => {
      const before = keyOf(alice);
      await follow("## New signing keys", () => {
        const keys = moim.read("keys.json");
        if (where === "files") moim.write("secrets/signing-keys.json", keys);
        else moim.set({ SIGNING_KEYS: `'${keys.replaceAll(/[ \n]/g, "")}'` });
      });
      await aliceWrites();
      expect(keyOf(await signUp(moim.url))).not.toBe(before);
      expect((await moim.run("ls", "keys.json")).code).not.toBe(0);
    });

    test("the password of Postgres", async () => {
      const password = randomBytes(12).toString("hex");
      const old = passwordOf("postgres");
      await follow(
        "## A new password of Postgres",
        () => {
          if (where === ".env") return moim.set({ POSTGRES_PASSWORD: password });
          moim.write("secrets/postgres-password", password);
          moim.write(
            "secrets/database-url",
            moim.read("secrets/database-url").replace(old, password),
          );
        },
        (command) =>
          `printf '%s\\n' ${password} ${password} | ${command.replace("exec postgres", "exec -T postgres")}`,
      );
      expect(await signsIn(old)).toBe(false);
      expect(await signsIn(password)).toBe(true);
      await aliceWrites();
      await signUp(moim.url);
    });

    test("the password of Redis", async () => {
      const password = randomBytes(12).toString("hex");
      const old = passwordOf("redis");
      await follow("## A new password of Redis", () => {
        if (where === ".env") return moim.set({ REDIS_PASSWORD: password });
        for (const file of ["redis-password", "redis-url", "redis-exporter-password.json"]) {
          moim.write(`secrets/${file}`, moim.read(`secrets/${file}`).replace(old, password));
        }
      });
      const ping = (given: string) =>
        moim.compose("exec", "-T", "-e", `REDISCLI_AUTH=${given}`, "redis", "redis-cli", "ping");
      expect(await ping(old)).not.toContain("PONG");
      expect(await ping(password)).toContain("PONG");
      await aliceWrites();
      // Every node hears the others again.
      const logs = await moim.compose("logs", "--no-log-prefix", "chat");
      expect(logs).not.toMatch(/WRONGPASS|NOAUTH/);
    });

    test("and everything comes up with them", async () => {
      await moim.compose("up", "-d", "--wait");
      await aliceWrites();
    });

    /** The block of a section, line by line. */
    async function follow(
      section: string,
      edit: Edit,
      typed = (command: string) => command,
    ): Promise<void> {
      const [, text = ""] = readFileSync(PAGE, "utf8").split(`${section}\n`);
      const [, block = ""] = /^[^#]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
      const lines = block.trim().split("\n");
      expect(lines.filter((line) => line.startsWith("# into .env"))).toHaveLength(1);
      for (const line of lines) {
        if (line.startsWith("#")) await edit();
        else await moim.succeeds("sh", "-c", line.includes("\\password") ? typed(line) : line);
      }
    }

    async function aliceWrites(): Promise<void> {
      const line = await Line.open(moim.url, alice);
      const message = { roomId, clientId: randomUUID(), text: "still here" };
      expect(await line.ask("message:send", message)).toMatchObject({ duplicate: false });
      line.close();
    }

    function passwordOf(service: "postgres" | "redis"): string {
      if (where === "files") return moim.read(`secrets/${service}-password`);
      const lines = [...moim.read(".env").matchAll(/^(POSTGRES|REDIS)_PASSWORD=(.+)$/gm)];
      const found = lines.findLast(([, name]) => name === service.toUpperCase())?.[2];
      if (found === undefined) throw new Error(`no password of ${service}`);
      return found;
    }

    async function signsIn(password: string): Promise<boolean> {
      const psql = ["psql", "-h", "postgres", "-U", "moim", "-d", "moim", "-qtAc", "SELECT 1"];
      const withPassword = ["-e", `PGPASSWORD=${password}`, "postgres", ...psql];
      return (await moim.run("docker", "compose", "exec", "-T", ...withPassword)).code === 0;
    }
  },
);

/** Which key has signed the token. */
function keyOf({ accessToken }: Caller): string {
  const [head = ""] = accessToken.split(".");
  return JSON.parse(Buffer.from(head, "base64url").toString()).kid;
}
