import type { Logger } from "@moim/service";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Resolves once the mail is on its way for good, whatever happens to this process. */
  send(mail: Mail): Promise<void>;
}

/** For local use: the whole mail, address and code included, goes to the log and nowhere else. */
export function logMailer(logger: Logger): Mailer {
  return {
    async send(mail) {
      logger.info({ mail }, "mail");
    },
  };
}
