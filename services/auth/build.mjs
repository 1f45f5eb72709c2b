import { build } from "esbuild";

// The workspace's own packages are TypeScript sources, so they go into the bundle; packages from npm
// stay outside and come from node_modules.
await build({
  entryPoints: ["src/main.ts", "src/migrate.ts", "src/mint.ts", "src/keys.ts"],
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: true,
  logLevel: "warning",
  plugins: [
    {
      name: "packages-of-npm-are-external",
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
