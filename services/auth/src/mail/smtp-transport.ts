import { createTransport } from "nodemailer";
import type { MailServer, TlsPolicy } from "./mail-url.ts";
import { MailFailure, type MailTransport } from "./transport.ts";

/** The caller's signal ends the whole; these only say earlier which step was too slow. */
const CONNECT_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 15_000;

const TLS_OPTIONS: Record<TlsPolicy, object> = {
  implicit: { secure: true },
  required: { secure: false, requireTLS: true },
  opportunistic: { secure: false, tls: { rejectUnauthorized: false } },
};

/** One connection per mail: they are few, and a connection that lies idle only breaks unseen. */
export function smtpTransport(
  server: Extract<MailServer, { kind: "smtp" }>,
  from: string,
): MailTransport {
  const transporter = createTransport({
    host: server.host,
    port: server.port,
    ...TLS_OPTIONS[server.tls],
    ...(server.credentials === undefined ? {} : { auth: server.credentials }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    // Nothing of ours reads files or fetches addresses, and no letter may make it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf("@") + 1).replace(/>$/, "");
  return {
    async deliver({ to, subject, text, html }, id, signal) {
      const message = {
        ...{ from, to: { name: "", address: to }, subject, text, html, signal },
        messageId: `<${id}@${domain}>`,
        // No answering machine is to answer this.
        headers: { "Auto-Submitted": "auto-generated" },
      };
      try {
        await transporter.sendMail(message);
      } catch (error) {
        throw asMailFailure(error);
      }
    },
  };
}

function asMailFailure(error: unknown): MailFailure {
  const { code, responseCode, command } = readFailure(error);
  // Refused as a sender or at signing in: an operator can mend that, so it is worth another try.
  const isOfThisMail = command === "RCPT TO" || command === "DATA";
  const isPermanent = isOfThisMail && responseCode !== undefined && responseCode >= 500;
  const reason = [code, command, responseCode].filter((part) => part !== undefined).join(" ");
  return new MailFailure(reason || "unknown", isPermanent);
}

function readFailure(error: unknown) {
  const fields: Record<string, unknown> = error instanceof Error ? { ...error } : {};
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const { responseCode } = fields;
  return {
    code: text(fields.code),
    command: text(fields.command),
    responseCode: typeof responseCode === "number" ? responseCode : undefined,
  };
}
