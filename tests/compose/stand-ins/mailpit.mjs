// As much of Mailpit as the tests ask for: takes every mail on 1025, tells of them on 8025.
import { createServer, get } from "node:http";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

const SMTP_PORT = 1025;
const HTTP_PORT = 8025;

if (process.argv[2] === "readyz") {
  get(`http://127.0.0.1:${HTTP_PORT}/readyz`, ({ statusCode }) => {
    process.exit(statusCode === 200 ? 0 : 1);
  }).on("error", () => process.exit(1));
} else {
  serve();
}

function serve() {
  const mails = [];
  new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData(stream, _session, done) {
      const chunks = [];
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("end", async () => {
        const { to, subject, text } = await PostalMime.parse(Buffer.concat(chunks));
        const addresses = to.map(({ address }) => ({ Address: address }));
        mails.unshift({ ID: String(mails.length), To: addresses, Subject: subject, Text: text });
        done();
      });
    },
  }).listen(SMTP_PORT);
  createServer(({ url = "" }, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (url === "/readyz") return answer(200, "ok");
    if (url.startsWith("/api/v1/messages")) {
      return answer(200, { messages: mails.map(({ Text, ...summary }) => summary) });
    }
    const mail = mails.find(({ ID }) => url === `/api/v1/message/${ID}`);
    return mail ? answer(200, mail) : answer(404, { Error: "message not found" });
  }).listen(HTTP_PORT);
}
