import "vitest";

/** What tests/set-up/services.ts starts once per run; read with vitest's `inject`. */
declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
    redisUrl: string;
  }
}
