"""What the judges share: the sandbox's controls, and a receiver of webhooks."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


def sim(base, name, body=None):
    """Calls a control; without a body it is a GET."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base}/_sim/{name}", data=data)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read())


def moved(base, reference):
    """What moved under a reference, as text."""
    data = sim(base, f"ledger?reference={reference}")["data"]
    return data[0]["total"] if data else "0"


class Receiver:
    """Keeps the webhooks that come."""

    def __init__(self):
        received = self.received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["content-length"])
                received.append((self.headers, self.rfile.read(length)))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def refused(error, call, **wanted):
    """The call must raise this error with these attributes."""
    try:
        answer = call()
    except error as raised:
        for name, value in wanted.items():
            assert getattr(raised, name) == value, (name, getattr(raised, name), raised)
        return raised
    raise AssertionError(f"not refused: {answer}")
