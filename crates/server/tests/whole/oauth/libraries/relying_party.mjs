// openid-client, told nothing but the issuer and its credentials.
import * as client from "openid-client";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, SCOPE, SIGNED_BY, MACHINE } = process.env;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
// The test opens the address as a person would and answers where the browser was sent.
const visit = async (address) => {
  console.log(`OPEN ${address}`);
  return new URL((await answers.next()).value);
};
const options = { execute: [client.allowInsecureRequests] };

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, options);
const verifier = client.randomPKCECodeVerifier();
const code_challenge = await client.calculatePKCECodeChallenge(verifier);
const parameters = {
  redirect_uri: REDIRECT_URI,
  scope: SCOPE,
  code_challenge,
  code_challenge_method: "S256",
  state: client.randomState(),
  nonce: client.randomNonce(),
  max_age: "600",
};
const checks = {
  pkceCodeVerifier: verifier,
  expectedState: parameters.state,
  expectedNonce: parameters.nonce,
  maxAge: 600,
  idTokenExpected: true,
};
let callback = await visit(client.buildAuthorizationUrl(config, parameters).href);
const tokens = await client.authorizationCodeGrant(config, callback, checks);
assert.equal(JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url")).alg, SIGNED_BY ?? "RS256");
const { sub } = tokens.claims();
const info = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.equal(info.email_verified, true);
assert.ok(info.email && info.name);

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(renewed.claims().sub, sub);
assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, true);
await client.tokenRevocation(config, renewed.refresh_token);
assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);

if (MACHINE) assert.ok((await client.clientCredentialsGrant(config)).access_token);

// Pushed first (RFC 9126), bound to a key (RFC 9449).
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const second = client.randomPKCECodeVerifier();
const pushed = await client.buildAuthorizationUrlWithPAR(config, {
  ...parameters,
  code_challenge: await client.calculatePKCECodeChallenge(second),
});
assert.ok(pushed.searchParams.get("request_uri"));
callback = await visit(pushed.href);
const bound = await client.authorizationCodeGrant(
  config, callback, { ...checks, pkceCodeVerifier: second }, undefined, { DPoP });
assert.equal(bound.token_type, "dpop");
assert.ok((await client.fetchUserInfo(config, bound.access_token, sub, { DPoP })).sub);
// Stolen: without the key it opens nothing (bcp_48).
await assert.rejects(client.fetchUserInfo(config, bound.access_token, sub));

// A device (RFC 8628).
const device = await client.initiateDeviceAuthorization(config, { scope: SCOPE });
await visit(device.verification_uri_complete);
const polled = await client.pollDeviceAuthorizationGrant(config, device);
assert.equal(polled.claims()?.sub ?? sub, sub);

// Logged out, on the client's wish.
const logout = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token });
await visit(logout.href);
console.log("DONE");
process.exit(0);
