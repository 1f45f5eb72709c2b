import { isIP } from "node:net";

/** Where mails go. */
export type MailServer =
  | { kind: "log" }
  | {
      kind: "smtp";
      host: string;
      port: number;
      tls: TlsPolicy;
      credentials: { user: string; pass: string } | undefined;
    };

/**
 * `implicit`: TLS from the first byte. `required`: STARTTLS, or no mail. Both check the certificate.
 * `opportunistic`: TLS where it is offered, whatever the certificate, as mail servers do among
 * themselves: better than none, and nothing secret of ours but the mail is shown.
 */
export type TlsPolicy = "implicit" | "required" | "opportunistic";

export const MAIL_URL_EXPECTED =
  "must be smtp://host:port, smtps://host:port (user:password@ before the host) or log:";

const PORT_SMTP = 25;
const PORT_SUBMISSION = 587;
const PORT_SMTPS = 465;

/** Undefined for what is no `MAIL_URL`. */
export function parseMailUrl(text: string): MailServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol === "log:") return { kind: "log" };
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const hasMore = url.pathname !== "" && url.pathname !== "/";
  if (host === "" || hasMore || url.search !== "" || url.hash !== "") return undefined;
  const credentials = readCredentials(url);
  if (credentials === "malformed") return undefined;
  const isImplicit = url.protocol === "smtps:";
  const defaultPort = isImplicit ? PORT_SMTPS : credentials ? PORT_SUBMISSION : PORT_SMTP;
  return {
    kind: "smtp",
    host,
    port: url.port === "" ? defaultPort : Number(url.port),
    tls: isImplicit ? "implicit" : credentials && !isLoopback(host) ? "required" : "opportunistic",
    credentials,
  };
}

function readCredentials({ username, password }: URL) {
  if (username === "") return undefined;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    return "malformed";
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
