//! What forms need of the engine so that nobody else can send them: a cookie, and the token made from it.

use claviger_domain::{Environment, KeyFormat, KeyKind, KeyShape};
use claviger_secrets::{FormToken, Plain, generate_key};

use crate::engine::Engine;

impl Engine {
    /// A random text of more than 160 bits: the cookie of a browser that is not signed in, or the `Idempotency-Key`
    /// of a form.
    pub fn random_text(&self) -> Plain {
        let format = KeyFormat {
            prefix: "".into(),
            shape: KeyShape::Checked { random: 30 },
            kind: KeyKind::Single,
            environment: Environment::Live,
        };
        generate_key(&format, self.entropy())
    }

    /// The token of the forms that are shown to the browser with this cookie.
    pub fn form_token(&self, cookie: &[u8]) -> FormToken {
        self.vault().form_token(cookie)
    }
}
