import { closeOnSignal, createLogger, runMain } from "@moim/service";
import { readConfig } from "./config.ts";
import { createChatServer } from "./server.ts";

/** After the drain window, when whatever is still under way is given up. */
const FINISH_MS = 4_900;

runMain(async () => {
  const config = readConfig(process.env);
  const logger = createLogger({ service: "chat", node: config.NODE_ID }, config.LOG_LEVEL);
  const server = createChatServer(config, logger);
  await server.listen();
  closeOnSignal(() => server.close(), logger, config.DRAIN_MS + FINISH_MS);
});
