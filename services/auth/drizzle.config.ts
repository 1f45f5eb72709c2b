import { defineConfig } from "drizzle-kit";

// `pnpm --filter @moim/auth generate` compares src/db/schema.ts with drizzle/meta and writes the next
// migration. Nothing of drizzle-kit is needed to apply them.
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/db/schema.ts",
  out: "./drizzle",
});
