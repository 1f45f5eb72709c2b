import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

// Where `pnpm start` serves everything; `pnpm --filter @moim/web dev` takes the services from there.
const GATEWAY = process.env.MOIM_GATEWAY ?? "http://localhost:8080";

export default defineConfig({
  plugins: [tailwindcss(), svelte()],
  build: {
    target: ["chrome111", "firefox128", "safari16.4"],
    // A strict content security policy refuses data: scripts, and small files are cached well enough.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      "/api": GATEWAY,
      "/.well-known": GATEWAY,
      "/socket.io": { target: GATEWAY, ws: true },
    },
  },
});
