import { once } from "node:events";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** What the server does with the next mails: takes them, says no with this code, or never answers. */
export type Behaviour = "take" | "hang" | number;

export type SinkOptions = Pick<
  SMTPServerOptions,
  "authOptional" | "disabledCommands" | "hideSTARTTLS" | "onAuth"
>;

/** A real SMTP server that keeps what it takes. */
export class SmtpSink {
  readonly port: number;
  readonly mails: Email[] = [];
  /** One entry per mail that began: whatever became of it. */
  attempts = 0;
  connections = 0;
  /** Mails that were sent as a whole, and wait for an answer that does not come. */
  hanging = 0;
  /** Whether the connection of each mail was encrypted. */
  readonly wasSecure: boolean[] = [];
  behaviour: Behaviour = "take";
  /** What is said to a receiver. */
  receiverBehaviour: Behaviour = "take";
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async open(options: SinkOptions = {}, port = 0): Promise<SmtpSink> {
    const server = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      closeTimeout: 100,
      ...options,
      onConnect: (_session, done) => {
        sink.connections++;
        done();
      },
      onRcptTo: (_address, session, done) => {
        sink.attempts++;
        sink.wasSecure.push(session.secure);
        answer(sink.receiverBehaviour, done);
      },
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => void take(Buffer.concat(chunks), done));
      },
    });
    // A client that goes away in the midst is part of the tests.
    server.on("error", () => {});
    server.listen(port, "127.0.0.1");
    await once(server.server, "listening");
    const address = server.server.address();
    const listening = typeof address === "object" && address ? address.port : 0;
    const sink = new SmtpSink(listening, () => new Promise((closed) => server.close(closed)));
    async function take(source: Buffer, done: Done) {
      const { behaviour } = sink;
      if (behaviour === "take") sink.mails.push(await PostalMime.parse(source));
      if (behaviour === "hang") sink.hanging++;
      answer(behaviour, done);
    }
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

type Done = (error?: Error | null) => void;

function answer(behaviour: Behaviour, done: Done): void {
  if (behaviour === "hang") return;
  // As real ones do, it quotes whom it refuses.
  const refusal = new Error("no <somebody@example.org> here");
  if (behaviour === "take") done();
  else done(Object.assign(refusal, { responseCode: behaviour }));
}
