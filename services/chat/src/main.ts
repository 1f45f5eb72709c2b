import { closeOnSignal, createLogger, runMain } from "@moim/service";
import { readConfig } from "./config.ts";
import { createChatServer } from "./server.ts";

runMain(async () => {
  const config = readConfig(process.env);
  const logger = createLogger({ service: "chat", node: config.NODE_ID }, config.LOG_LEVEL);
  const server = createChatServer(config, logger);
  await server.listen();
  closeOnSignal(() => server.close(), logger);
});
