"""Authlib's session over brifle's login: it renews its token by logging in again, as the document advises."""

import json
import os
import socket

resolve = socket.getaddrinfo


def loopback(name, *rest, **more):
    """Names below `localhost` never leave this machine (RFC 6761 section 6.3)."""
    return resolve("127.0.0.1" if str(name).endswith(".localhost") else name, *rest, **more)


socket.getaddrinfo = loopback
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.requests_client import OAuth2Session  # noqa: E402

origin, login = os.environ["ORIGIN"], json.loads(os.environ["LOGIN"])
client = OAuth2Session()


def token(body):
    answer = client.post(origin + "/auth/login", json=body, withhold_token=True)
    assert answer.status_code == 200, answer.text
    return answer.json()


client.token = token(login)
assert client.token["token_type"] == "Bearer"
assert not client.token.is_expired() and 7100 < client.token["expires_in"] <= 7200, client.token
read = client.get(origin + "/v1/documents")
assert read.status_code == 200, read.text
again = token(login)
assert again["access_token"] == client.token["access_token"], "the same while it is valid"
assert again["expires_in"] <= client.token["expires_in"], "what is left of it"
other = token({**login, "session_id": "another-worker"})
assert other["access_token"] != again["access_token"]
sessions = client.get(origin + "/auth/sessions").json()["sessions"]
assert [one["session_id"] for one in sessions] == ["another-worker", "a-worker"], sessions
ended = client.delete(origin + "/auth/sessions/another-worker")
assert ended.status_code == 204, ended.text
out = client.post(origin + "/auth/logout", json={"token": again["access_token"]}, withhold_token=True)
assert out.status_code == 200, out.text
assert client.get(origin + "/v1/documents").status_code == 401
wrong = client.post(origin + "/auth/login", json={**login, "client_secret": "x"}, withhold_token=True)
assert wrong.json() == {"code": 40101, "message": "login failed", "status": 401}, wrong.text

print("DONE", flush=True)
