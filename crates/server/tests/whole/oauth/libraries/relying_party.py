"""Authlib, told nothing but the issuer and its credentials."""

import os
import socket
import sys

resolve = socket.getaddrinfo


def loopback(name, *rest, **more):
    """Names below `localhost` never leave this machine (RFC 6761 section 6.3)."""
    return resolve("127.0.0.1" if str(name).endswith(".localhost") else name, *rest, **more)


socket.getaddrinfo = loopback
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.jose import JsonWebKey, jwt  # noqa: E402
from authlib.oidc.core import CodeIDToken  # noqa: E402

issuer, scope = os.environ["ISSUER"], os.environ["SCOPE"]


def visit(address):
    """The test opens the address as a person would and answers where the browser was sent."""
    print("OPEN", address, flush=True)
    return sys.stdin.readline().strip()


def session(method):
    return OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        scope=scope,
        redirect_uri=os.environ["REDIRECT_URI"],
        token_endpoint_auth_method=method,
        code_challenge_method="S256",
    )


metadata = session(None).get(issuer + "/.well-known/openid-configuration", withhold_token=True).json()
assert metadata["issuer"] == issuer
keys = JsonWebKey.import_key_set(session(None).get(metadata["jwks_uri"], withhold_token=True).json())

for method in ("client_secret_basic", "client_secret_post"):
    client = session(method)
    verifier, nonce = generate_token(48), generate_token()
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    callback = visit(address)
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, state=state
    )
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"value": issuer}, "aud": {"value": os.environ["CLIENT_ID"]}},
        claims_params={"nonce": nonce, "client_id": os.environ["CLIENT_ID"], "access_token": token["access_token"]},
    )
    claims.validate()
    user = client.get(metadata["userinfo_endpoint"])
    assert user.status_code == 200 and user.json()["sub"] == claims["sub"], user.text
    before = token["access_token"]
    client.refresh_token(metadata["token_endpoint"])
    assert client.token["access_token"] != before
    told = client.introspect_token(metadata["introspection_endpoint"], token=client.token["access_token"])
    assert told.json()["active"] is True, told.text
    gone = client.revoke_token(metadata["revocation_endpoint"], token=client.token["refresh_token"])
    assert gone.status_code == 200, gone.text
    assert client.get(metadata["userinfo_endpoint"]).status_code == 401

if "MACHINE" in os.environ:
    machine = session("client_secret_basic")
    machine.scope = None
    assert machine.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")["access_token"]
print("DONE", flush=True)
