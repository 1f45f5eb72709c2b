import type { Logger } from "@moim/service";
import type { MailTransport } from "./transport.ts";

/** For local use: the whole mail, address and code included, goes to the log and nowhere else. */
export function logTransport(logger: Logger): MailTransport {
  return {
    async deliver({ to, subject, text }) {
      logger.info({ mail: { to, subject, text } }, "mail");
    },
  };
}
