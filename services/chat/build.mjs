import { cpSync } from "node:fs";
import { build } from "esbuild";

// With "--fail-points": the test build that the fault suite runs, beside what is shipped, never in it.
const isTestBuild = process.argv.includes("--fail-points");

// Workspace packages are bundled, everything from the registry stays outside.
await build({
  entryPoints: isTestBuild
    ? ["src/testing/main-with-fail-points.ts"]
    : ["src/main.ts", "src/migrate.ts"],
  outdir: isTestBuild ? ".cache/fail-points" : "dist",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
  plugins: [
    {
      name: "workspace-only",
      setup({ onResolve }) {
        onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
          kind === "entry-point" || path.startsWith("@moim/")
            ? undefined
            : { path, external: true },
        );
      },
    },
  ],
});

// The migrations lie beside the folder of a bundle, as they lie beside `src`.
if (isTestBuild) cpSync("drizzle", ".cache/drizzle", { recursive: true });
