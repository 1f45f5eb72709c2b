import { build } from "esbuild";

// Workspace packages are bundled, everything from the registry stays outside.
await build({
  entryPoints: ["src/main.ts", "src/migrate.ts"],
  outdir: "dist",
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
