"""Gets a token with requests-oauthlib, asks with it, and asks for one with a wrong secret.

Reads JSON from standard input: url, client_id, client_secret, in_form. Prints what it found as JSON.
"""

import json
import os
import sys

from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
given = json.load(sys.stdin)
url, name, secret = given["url"], given["client_id"], given["client_secret"]


def session(secret):
    client = OAuth2Session(client=BackendApplicationClient(client_id=name))
    if given["in_form"]:
        how = {"client_id": name, "client_secret": secret, "include_client_id": True}
    else:
        how = {"auth": HTTPBasicAuth(name, secret)}
    return client, client.fetch_token(token_url=f"{url}/oauth/token", **how)


client, token = session(secret)
me = client.get(f"{url}/api/v1/me")
try:
    session("wrong")
    refused = None
except OAuth2Error as error:
    refused = error.error
json.dump(
    {
        "token_type": token["token_type"],
        "expires_in": token["expires_in"],
        "me": me.json(),
        "refused": refused,
    },
    sys.stdout,
)
