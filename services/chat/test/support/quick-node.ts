import { createLogger } from "@moim/service";
import { readConfig } from "../../src/config.ts";
import { createChatServer } from "../../src/server.ts";
import { quickClock } from "./quick-clock.ts";

// A node in a process of its own, to be killed. Prints its port.
const config = readConfig(process.env);
const logger = createLogger({ service: "chat", node: config.NODE_ID }, "error");
const clock = quickClock(Number(process.env.CLOCK_STARTS_AT));
const port = await createChatServer(config, logger, clock).listen();
process.stdout.write(`${port}\n`);
