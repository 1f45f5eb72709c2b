import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { serviceWorker } from "./build/service-worker.ts";

// Where `pnpm start` serves everything; `pnpm --filter @moim/web dev` takes the services from there.
const GATEWAY = process.env.MOIM_GATEWAY ?? "http://localhost:8080";

// The services accept the gateway's origin only.
const services = { target: GATEWAY, headers: { origin: GATEWAY } };

export default defineConfig(({ command }) => {
  // Whatever surrounds the build (a test run, say), what is built is for production.
  if (command === "build") process.env.NODE_ENV = "production";
  return {
    plugins: [tailwindcss(), svelte(), serviceWorker(import.meta.dirname)],
    build: {
      target: ["chrome111", "firefox128", "safari16.4"],
      // A strict content security policy refuses data: scripts, and small files are cached well enough.
      assetsInlineLimit: 0,
    },
    server: {
      proxy: {
        "/api": services,
        "/.well-known": services,
        "/socket.io": { ...services, ws: true, rewriteWsOrigin: true },
      },
    },
  };
});
