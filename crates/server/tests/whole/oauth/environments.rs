//! One auth host for both environments, and the wall between them at the API.

use serde_json::json;

use super::application::{Application, text};
use crate::client::Call;
use crate::house::Demo;

#[tokio::test]
async fn the_auth_host_serves_clients_of_both_environments_and_the_api_hosts_keep_the_wall() {
    let (demo, _house) = Demo::fresh().await;
    let port = demo.address.port();
    let hosts = [
        ("live", format!("propertybase.localhost:{port}"), format!("sandbox.propertybase.localhost:{port}")),
        ("test", format!("sandbox.propertybase.localhost:{port}"), format!("propertybase.localhost:{port}")),
    ];
    for (environment, own, other) in hosts {
        let client =
            Application::registered(&demo, "propertybase", &json!({"environment": environment})).await;
        let bought = client.tokens("openid offline_access read:properties").await;
        let refreshed = client.refresh(text(&bought, "refresh_token"), &[]).await.json();
        for token in [text(&bought, "access_token"), text(&refreshed, "access_token")] {
            let ask = async |host: &str, path: &str| {
                Call::new(demo.address, &format!("GET {host}{path}")).bearer(token).send().await
            };
            assert_eq!(ask(&own, "/v1/properties").await.status, 200, "{environment}");
            let echo = ask(&own, "/v1/echo").await.json();
            assert_eq!(echo["environment"], environment, "the token is of its client's environment");
            let refused = ask(&other, "/v1/properties").await;
            assert_eq!(refused.status, 403, "{environment}: {refused:?}");
            let (name, _) = own.split_once(':').unwrap();
            assert!(refused.text().contains(&format!(" {name} only")), "{refused:?}");
            let known = client.form("/oauth/introspect", &[("token", token)]).await.json();
            assert_eq!(known["active"], true, "{environment}: {known}");
        }
    }
}
