"""The official Stripe SDK drives the sandbox: stripe_judge.py BASE OLD_BASE."""

import sys

import stripe

from control import Receiver, moved, refused, sim

base, old = sys.argv[1:3]
stripe.api_key = "sk_test_sandbox"
stripe.api_base = f"{base}/stripe"
stripe.max_network_retries = 0


def charge(reference, amount=10000, method="pm_card_visa", **more):
    return stripe.PaymentIntent.create(
        amount=amount, currency="usd", payment_method=method, confirm=True,
        metadata={"reference": reference}, idempotency_key=f"pay-{reference}", **more)


def refund(reference, key=None, **params):
    return stripe.Refund.create(
        metadata={"reference": reference}, idempotency_key=key or f"key-{reference}", **params)


# Payment intents: at once, in two steps, canceled.
intent = charge("P-1")
assert isinstance(intent, stripe.PaymentIntent)
assert (intent.status, intent.amount_received) == ("succeeded", 10000), intent
slow = stripe.PaymentIntent.create(amount=700, currency="usd")
assert slow.status == "requires_payment_method"
slow = stripe.PaymentIntent.confirm(slow.id, payment_method="pm_card_visa")
assert slow.status == "succeeded", slow
gone = stripe.PaymentIntent.cancel(stripe.PaymentIntent.create(amount=1, currency="usd").id)
assert gone.status == "canceled"
refused(stripe.InvalidRequestError, lambda: stripe.PaymentIntent.cancel(slow.id),
        code="payment_intent_unexpected_state")
assert stripe.PaymentIntent.retrieve(intent.id).latest_charge == intent.latest_charge
assert [one.id for one in stripe.PaymentIntent.list(limit=100)] == [gone.id, slow.id, intent.id]
error = refused(stripe.CardError, lambda: charge("P-2", method="pm_charge_declined"),
                code="card_declined", http_status=402)
assert error.error.decline_code == "generic_decline"
assert error.error.payment_intent.status == "requires_payment_method"

# A refund, replayed, and in conflict.
first = refund("R-1", charge=intent.latest_charge, amount=2500)
assert (first.object, first.status, first.amount, first.currency) == ("refund", "succeeded", 2500, "usd")
assert first.destination_details.card.type == "reversal"
again = refund("R-1", charge=intent.latest_charge, amount=2500)
headers = again.last_response.headers
assert again.id == first.id
assert headers["idempotent-replayed"] == "true"
assert headers["original-request"] == first.last_response.request_id
assert headers["request-id"] != first.last_response.request_id
assert moved(base, "R-1") == "-25.00"
refused(stripe.IdempotencyError, lambda: refund("R-1", charge=intent.latest_charge, amount=2600),
        http_status=400)

# Refusals.
error = refused(stripe.InvalidRequestError,
                lambda: refund("R-2", charge=intent.latest_charge, amount=7501),
                http_status=400, param="amount", code=None)
assert "greater than unrefunded amount on charge" in error.user_message
assert moved(base, "R-2") == "0"
refused(stripe.InvalidRequestError, lambda: refund("R-3", charge="ch_nothing"), http_status=404,
        code="resource_missing", param="charge")
refused(stripe.InvalidRequestError, lambda: refund("R-4", charge=intent.latest_charge, amount=0),
        param="amount", code="parameter_invalid_integer")
refused(stripe.InvalidRequestError, lambda: refund("R-5"), code="parameter_missing")
refused(stripe.AuthenticationError,
        lambda: stripe.Balance.retrieve(api_key=""), http_status=401)

# The rest by payment intent; then there is nothing left.
rest = refund("R-6", payment_intent=intent.id)
assert rest.amount == 7500
refused(stripe.InvalidRequestError, lambda: refund("R-7", payment_intent=intent.id),
        code="charge_already_refunded", http_status=400)
done = stripe.Charge.retrieve(intent.latest_charge)
assert (done.refunded, done.amount_refunded, done.payment_intent) == (True, 10000, intent.id)

# Lists: newest first, by page, by filter.
ids = [one.id for one in stripe.Refund.list(charge=intent.latest_charge)]
assert ids == [rest.id, first.id], ids
pages = [one.id for one in stripe.Refund.list(limit=1).auto_paging_iter()]
assert pages == [rest.id, first.id], pages
assert stripe.Refund.list(payment_intent=slow.id).data == []
assert len(stripe.Refund.list(created={"gte": first.created}).data) == 2
assert stripe.Refund.list(created={"gte": first.created + 3600}).data == []
changed = stripe.Refund.modify(first.id, metadata={"note": "x"})
assert changed.metadata.to_dict() == {"note": "x", "reference": "R-1"}, changed.metadata
assert stripe.Refund.retrieve(first.id).metadata["note"] == "x"

# Asynchronous outcomes.
other = charge("P-3")
pending = refund("R-8", charge=other.latest_charge, amount=1051)
assert (pending.status, pending.pending_reason) == ("pending", "processing")
short = refund("R-9", charge=other.latest_charge, amount=1058)
assert (short.status, short.pending_reason) == ("pending", "insufficient_funds")
late = refund("R-10", charge=other.latest_charge, amount=1052)
assert late.status == "succeeded"
failed = refund("R-11", charge=other.latest_charge, amount=1054)
assert (failed.status, failed.failure_reason) == ("failed", "declined")
refused(stripe.RateLimitError, lambda: refund("R-12", charge=other.latest_charge, amount=1065))
assert refund("R-12", charge=other.latest_charge, amount=1065).status == "succeeded"
refused(stripe.APIError, lambda: refund("R-13", charge=other.latest_charge, amount=1063),
        http_status=500)
refused(stripe.APIError, lambda: refund("R-13", charge=other.latest_charge, amount=1063),
        http_status=500)
assert moved(base, "R-13") == "-10.63"
refused(stripe.APIConnectionError, lambda: refund("R-14", charge=other.latest_charge, amount=1061))
assert refund("R-14", charge=other.latest_charge, amount=1061).status == "succeeded"
assert moved(base, "R-14") == "-10.61"
sim(base, "dispute", {"charge": other.latest_charge})
refused(stripe.InvalidRequestError, lambda: refund("R-15", charge=other.latest_charge, amount=100),
        code="charge_disputed")
sim(base, "advance", {"steps": 3})
assert stripe.Refund.retrieve(pending.id).status == "succeeded"
assert stripe.Refund.retrieve(short.id).status == "succeeded"
broken = stripe.Refund.retrieve(late.id)
assert (broken.status, broken.failure_reason) == ("failed", "expired_or_canceled_card")
assert broken.failure_balance_transaction and moved(base, "R-10") == "0.00"

# The rest of the paths.
customer = stripe.Customer.create(name="Ada", metadata={"account": "A-1"})
assert stripe.Customer.retrieve(customer.id).name == "Ada"
assert stripe.PaymentMethod.retrieve("pm_card_visa").card.last4 == "4242"
assert stripe.Balance.retrieve().available[0].currency == "usd"
event = stripe.Event.list(type="refund.failed").data[0]
assert event.data.object.object == "refund" and stripe.Event.retrieve(event.id).id == event.id

# Webhooks: the SDK takes what is signed and new, and nothing else.
SECRET = "whsec_judge"


def hook(where, **target):
    receiver = Receiver()
    sim(where, "webhooks", {"dialect": "stripe", "url": receiver.url, "secret": SECRET,
                            "auto": False, **target})
    stripe.api_base = f"{where}/stripe"
    intent = charge(f"P-hook-{where == base}")
    refund(f"R-hook-{where == base}", charge=intent.latest_charge, amount=100)
    sim(where, "webhooks/flush", {})
    kinds = [stripe.Event.construct_from(__import__("json").loads(body), None).type
             for _, body in receiver.received]
    assert kinds == ["charge.succeeded", "payment_intent.succeeded", "refund.created",
                     "charge.refunded"], kinds
    headers, body = receiver.received[2]
    return body, headers["Stripe-Signature"]


body, signature = hook(base, real_time=True)
event = stripe.Webhook.construct_event(body, signature, SECRET)
assert event.type == "refund.created" and event.data.object.metadata["reference"] == "R-hook-True"
assert event.request.idempotency_key == "key-R-hook-True"
wrong = stripe.SignatureVerificationError
refused(wrong, lambda: stripe.Webhook.construct_event(body, signature, "whsec_other"))
refused(wrong, lambda: stripe.Webhook.construct_event(body + b" ", signature, SECRET))
body, signature = hook(old)
refused(wrong, lambda: stripe.Webhook.construct_event(body, signature, SECRET))
stripe.Webhook.construct_event(body, signature, SECRET, tolerance=None)
print("the Stripe SDK is content")
