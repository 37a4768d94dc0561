// Passkeys (WebAuthn): asks the browser, puts its answer into the form and sends it. Everything else works without.
"use strict";
(() => {
  const button = document.querySelector("[data-passkey]");
  if (!button || !window.PublicKeyCredential) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const withBytes = (list) => (list ?? []).map((item) => ({ ...item, id: toBytes(item.id) }));
  const given = JSON.parse(button.dataset.options);
  const options = given.publicKey ?? given;
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  if (options.allowCredentials) options.allowCredentials = withBytes(options.allowCredentials);
  if (options.excludeCredentials) options.excludeCredentials = withBytes(options.excludeCredentials);

  const describe = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  const form = button.form;
  const send = (credential) => {
    if (!credential) return;
    form.elements[button.dataset.answer ?? "passkey_answer"].value = JSON.stringify(describe(credential));
    // Not requestSubmit: e-mail address and password may stay empty. And not form.submit: in a form that has a button of
    // that id, that is the button.
    HTMLFormElement.prototype.submit.call(form);
  };

  const ceremony = button.dataset.passkey;
  let waiting = null;
  button.hidden = false;
  form.hidden = false;
  button.addEventListener("click", async () => {
    waiting?.abort();
    button.disabled = true;
    const asked = navigator.credentials[ceremony]({ publicKey: options });
    // Whoever cancels is back where they were.
    send(await asked.catch((error) => console.info("no passkey:", error.name)));
    button.disabled = false;
  });

  // Offers passkeys among the suggestions for the e-mail address.
  const suggest = async () => {
    if (ceremony !== "get" || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    waiting = new AbortController();
    const request = { publicKey: options, mediation: "conditional", signal: waiting.signal };
    send(await navigator.credentials.get(request).catch(() => null));
  };
  suggest();
})();
