"""Gives most commands an idempotency key of their own, so that they get as far as the rules."""

import itertools

import schemathesis

COUNT = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() not in ("POST", "PATCH") or case.path.startswith("/api/v1/api-keys"):
        return
    number = next(COUNT)
    if number % 8:
        case.headers["Idempotency-Key"] = f"schemathesis-{number}"
