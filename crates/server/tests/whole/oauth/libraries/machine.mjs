// openid-client with a private key, told nothing but the issuer, its id and its key.
import * as client from "openid-client";
import assert from "node:assert/strict";

const { ISSUER, CLIENT_ID, PRIVATE_JWK, KEY_ID } = process.env;
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" };
const key = await crypto.subtle.importKey("jwk", { ...JSON.parse(PRIVATE_JWK), alg: "RS384" }, algorithm, false, ["sign"]);
const authentication = client.PrivateKeyJwt({ key, kid: KEY_ID });
const options = { execute: [client.allowInsecureRequests], algorithm: "oauth2" };

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, options);
assert.equal(config.serverMetadata().token_endpoint, `${ISSUER}/v2/auth/token`);
const first = await client.clientCredentialsGrant(config);
assert.equal(first.expires_in, 300);
const echo = async (token) =>
  (await fetch(`${ISSUER}/v1/echo`, { headers: { authorization: `Bearer ${token}` } })).status;
assert.equal(await echo(first.access_token), 200);
const told = await client.tokenIntrospection(config, first.access_token);
assert.equal(told.active, true);
assert.equal(told.client_id, CLIENT_ID);
await client.tokenRevocation(config, first.access_token);
assert.equal(await echo(first.access_token), 401);
// Each call signs anew.
const second = await client.clientCredentialsGrant(config);
assert.equal(await echo(second.access_token), 200);

console.log("DONE");
