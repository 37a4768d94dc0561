"""Authlib with a private key: told the token address, its id and its key, as the vendor's documents have it."""

import json
import os
import socket
import time

resolve = socket.getaddrinfo


def loopback(name, *rest, **more):
    """Names below `localhost` never leave this machine (RFC 6761 section 6.3)."""
    return resolve("127.0.0.1" if str(name).endswith(".localhost") else name, *rest, **more)


socket.getaddrinfo = loopback
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests  # noqa: E402
from authlib.common.security import generate_token  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import OctKey, RSAKey  # noqa: E402

issuer, client_id = os.environ["ISSUER"], os.environ["CLIENT_ID"]
private, kid = json.loads(os.environ["PRIVATE_JWK"]), os.environ["KEY_ID"]
endpoint = issuer + "/v2/auth/token"
key = RSAKey.import_key(private)
# The same without a word about what it is for, so that it can be misused.
bare = RSAKey.import_key({name: private[name] for name in ("kty", "n", "e", "d", "p", "q", "dp", "dq", "qi")})


def works(token):
    answer = requests.get(issuer + "/v1/echo", headers={"Authorization": "Bearer " + token}, timeout=20)
    return answer.status_code == 200


# The library as it comes; it names the token address as audience.
client = OAuth2Session(client_id, key, token_endpoint_auth_method="private_key_jwt")
client.register_client_auth_method(PrivateKeyJWT(endpoint, headers={"kid": kid}, alg="RS384"))
token = client.fetch_token(endpoint, grant_type="client_credentials")
assert token["token_type"] == "Bearer" and token["expires_in"] == 300, token
assert "refresh_token" not in token, token
assert works(token["access_token"])


def assertion(header, claims, signer=bare):
    now = int(time.time())
    usual = {"iss": client_id, "sub": client_id, "aud": endpoint, "iat": now, "exp": now + 300}
    claims = {**usual, "jti": generate_token(36), **claims}
    header = {"alg": "RS384", "kid": kid, **header}
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(header, claims, signer, algorithms=[header["alg"]])


def ask(text, **more):
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": text,
        **more,
    }
    form = {name: value for name, value in form.items() if value is not None}
    return requests.post(endpoint, data=form, timeout=20)


now = int(time.time())
good = assertion({}, {})
assert ask(good).status_code == 200
assert ask(good).json()["error"] == "invalid_client", "an assertion works once"
assert ask(assertion({}, {"aud": issuer})).status_code == 200
for header, claims in [
    ({"kid": None}, {}),
    ({"kid": "another"}, {}),
    ({"alg": "RS256"}, {}),
    ({}, {"aud": "https://elsewhere.example/v2/auth/token"}),
    ({}, {"aud": None}),
    ({}, {"iss": "cli_00000000000000000000000000"}),
    ({}, {"sub": "cli_00000000000000000000000000"}),
    ({}, {"iat": now - 400}),
    ({}, {"iat": now + 600, "exp": now + 900}),
    ({}, {"exp": now - 400, "iat": now - 100}),
    ({}, {"jti": None}),
]:
    refused = ask(assertion(header, claims))
    assert refused.status_code in (400, 401), (header, claims, refused.text)
    assert refused.json()["error"] == "invalid_client", (header, claims, refused.text)
forged = assertion({}, {}, RSAKey.generate_key(2048))
assert ask(forged).json()["error"] == "invalid_client"
# The public key as a shared secret, which some servers once fell for.
secret = OctKey.import_key(json.dumps({name: private[name] for name in ("kty", "n", "e")}))
assert ask(assertion({"alg": "HS384"}, {}, secret)).json()["error"] == "invalid_client"
for more in ({"client_assertion_type": None}, {"client_assertion_type": "nonsense"}, {"grant_type": None}):
    assert ask(assertion({}, {}), **more).status_code in (400, 401), more
assert requests.post(endpoint, json={"grant_type": "client_credentials"}, timeout=20).status_code == 400

print("DONE", flush=True)
