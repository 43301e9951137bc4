"""Verifies a webhook as a receiver would: reads secret, headers and body as JSON, says "verified" or "refused"."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

given = json.load(sys.stdin)
try:
    Webhook(given["secret"]).verify(given["body"], given["headers"])
    print("verified")
except WebhookVerificationError:
    print("refused")
