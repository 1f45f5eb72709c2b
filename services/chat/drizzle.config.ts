import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/persist/schema.ts",
  schemaFilter: ["chat"],
  out: "./drizzle",
});
