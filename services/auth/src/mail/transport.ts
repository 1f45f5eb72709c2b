import type { Mail } from "./mail.ts";

/** Why a mail was not taken. Says nothing of its receiver: mail servers quote addresses. */
export class MailFailure extends Error {
  override readonly name = "MailFailure";
  /** No later attempt will fare better: this receiver or this mail is refused for good. */
  readonly isPermanent: boolean;

  constructor(reason: string, isPermanent: boolean) {
    super(reason);
    this.isPermanent = isPermanent;
  }
}

export interface MailTransport {
  /**
   * Resolves once the next server has taken the mail over. Rejects with `MailFailure`, also when
   * `signal` aborts; the mail may then have been taken all the same, if its answer was on the way.
   * `id` names the mail: a second attempt is recognisable as the same mail.
   */
  deliver(mail: Mail, id: string, signal: AbortSignal): Promise<void>;
}
