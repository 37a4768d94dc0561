//! What settings mean, in words: the manual's in English.

use crate::words::{Phrase, say};

/// Declares what the settings of these keys mean.
macro_rules! meanings {
    ($($($key:literal)|+, $phrase:expr;)*) => {
        /// What the setting means that the manual has under this key; none where only the manual says it.
        pub(crate) fn meaning_of(key: &str) -> Option<Phrase> {
            match key {
                $($($key)|+ => Some($phrase),)*
                _ => None,
            }
        }
    };
}

meanings! {
    "server.listen", say("setting-server-listen");
    "server.control_origins", say("setting-server-control-origins");
    "server.trusted_proxies", say("setting-server-trusted-proxies");
    "server.http2", say("setting-server-http2");
    "server.timeouts.header", say("setting-server-timeouts-header");
    "server.timeouts.handshake", say("setting-server-timeouts-handshake");
    "server.timeouts.drain", say("setting-server-timeouts-drain");
    "server.limits.connections", say("setting-server-limits-connections");
    "server.limits.headers", say("setting-server-limits-headers");
    "server.limits.header_bytes", say("setting-server-limits-header-bytes");
    "server.limits.streams", say("setting-server-limits-streams");
    "server.tls.certificate" | "server.tls.key", say("setting-server-tls-certificate");
    "database.url", say("setting-database-url");
    "database.url_file", say("setting-database-url-file");
    "database.connections", say("setting-database-connections");
    "database.deadline", say("setting-database-deadline");
    "database.lock_wait", say("setting-database-lock-wait");
    "master_key.file" | "master_key.environment" | "master_key.command", say("setting-master-key-file");
    "master_key.previous", say("setting-master-key-previous");
    "contracts.directory", say("setting-contracts-directory");
    "contracts.watch", say("setting-contracts-watch");
    "apis.example.issuer", say("setting-apis-example-issuer");
    "apis.example.upstreams.live" | "apis.example.upstreams.test", say("setting-apis-example-upstreams-live");
    "apis.example.hosts.\"example.localhost\"", say("setting-apis-example-hosts-example-localhost");
    "apis.example.sign_in.company.title" | "apis.example.sign_in.company.issuer" | "apis.example.sign_in.company.client_id", say("setting-apis-example-sign-in-company-title");
    "apis.example.sign_in.company.client_secret_file", say("setting-apis-example-sign-in-company-client-secret-file");
    "gateway.connect_timeout", say("setting-gateway-connect-timeout");
    "gateway.answer_timeout", say("setting-gateway-answer-timeout");
    "gateway.idle_timeout", say("setting-gateway-idle-timeout");
    "gateway.request_body_bytes", say("setting-gateway-request-body-bytes");
    "gateway.idle_connections" | "gateway.idle_connection_timeout", say("setting-gateway-idle-connections");
    "gateway.keep_host", say("setting-gateway-keep-host");
    "verify.cached_credentials", say("setting-verify-cached-credentials");
    "verify.cached_unknown", say("setting-verify-cached-unknown");
    "verify.lease", say("setting-verify-lease");
    "verify.poll", say("setting-verify-poll");
    "limits.shared", say("setting-limits-shared");
    "limits.patience", say("setting-limits-patience");
    "limits.requests_per_minute", say("setting-limits-requests-per-minute");
    "tokens.failed_logins_per_minute", say("setting-tokens-failed-logins-per-minute");
    "tokens.failed_client_proofs_per_minute", say("setting-tokens-failed-client-proofs-per-minute");
    "tokens.registrations_per_minute", say("setting-tokens-registrations-per-minute");
    "tokens.signing_key_rotation", say("setting-tokens-signing-key-rotation");
    "tokens.signing_key_announcement", say("setting-tokens-signing-key-announcement");
    "accounts.failed_sign_ins_per_minute", say("setting-accounts-failed-sign-ins-per-minute");
    "accounts.session_lifetime", say("setting-accounts-session-lifetime");
    "accounts.session_idle", say("setting-accounts-session-idle");
    "accounts.hashers", say("setting-accounts-hashers");
    "accounts.hash_queue", say("setting-accounts-hash-queue");
    "usage.enabled", say("setting-usage-enabled");
    "usage.keep_minutes" | "usage.keep_hours" | "usage.keep_days", say("setting-usage-keep-minutes");
    "unusual_activity.enabled", say("setting-unusual-activity-enabled");
    "unusual_activity.mail_to", say("setting-unusual-activity-mail-to");
    "unusual_activity.keep", say("setting-unusual-activity-keep");
    "unusual_activity.github_keys", say("setting-unusual-activity-github-keys");
    "unusual_activity.countries", say("setting-unusual-activity-countries");
    "unusual_activity.responses.leaked_key", say("setting-unusual-activity-responses-leaked-key");
    "fetch.allow_loopback", say("setting-fetch-allow-loopback");
    "webhooks.timeout", say("setting-webhooks-timeout");
    "webhooks.disable_after", say("setting-webhooks-disable-after");
    "webhooks.keep", say("setting-webhooks-keep");
    "mail.transport", say("setting-mail-transport");
    "mail.from", say("setting-mail-from");
    "mail.language", say("setting-mail-language");
    "mail.directory", say("setting-mail-directory");
    "mail.server", say("setting-mail-server");
    "telemetry.otlp", say("setting-telemetry-otlp");
    "telemetry.headers", say("setting-telemetry-headers");
    "telemetry.service" | "telemetry.resource", say("setting-telemetry-service");
    "telemetry.sample_ratio", say("setting-telemetry-sample-ratio");
    "telemetry.follow_callers", say("setting-telemetry-follow-callers");
    "telemetry.interval", say("setting-telemetry-interval");
    "telemetry.timeout", say("setting-telemetry-timeout");
    "log.filter", say("setting-log-filter");
    "log.format", say("setting-log-format");
}
