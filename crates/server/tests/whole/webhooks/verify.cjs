// Reads a message from standard input and verifies it with the Standard Webhooks library.
const { Webhook } = require("standardwebhooks");

const { secret, headers, body } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const webhook = new Webhook(secret);
const payload = webhook.verify(body, headers);
if (payload.type !== JSON.parse(body).type) throw new Error("another payload");
for (const forged of [
  [body.replace("{", "{ "), headers],
  [body, { ...headers, "webhook-id": headers["webhook-id"] + "x" }],
  [body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) - 1) }],
]) {
  let isRefused = false;
  try {
    webhook.verify(...forged);
  } catch {
    isRefused = true;
  }
  if (!isRefused) throw new Error("a forged message was taken");
}
console.log("OK");
