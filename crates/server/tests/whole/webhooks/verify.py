# Reads a message from standard input and verifies it with the Standard Webhooks library.
import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

message = json.load(sys.stdin)
webhook = Webhook(message["secret"])
webhook.verify(message["body"], message["headers"])
try:
    webhook.verify(message["body"].replace("{", "{ ", 1), message["headers"])
except WebhookVerificationError:
    print("OK")
