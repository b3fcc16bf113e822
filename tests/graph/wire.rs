//! Answers that the simulated Graph does not give, byte by byte.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};
use tenantatlas::{
    clock::SystemClock,
    domain::{kind::PolicyKind, tenant::Cloud},
    graph::{
        ClientSecret, Completed, Graph, GraphError, GraphSettings, Proof, TenantAccess, TenantGraph,
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Serves one body per path and query; `{url}` in a body is the server's own address.
async fn serve(bodies: &[(&str, &str)]) -> TenantGraph {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bodies = bodies
        .iter()
        .map(|(path, body)| ((*path).to_owned(), body.replace("{url}", &url)));
    let bodies: Arc<HashMap<_, _>> = Arc::new(bodies.collect());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&bodies)));
        }
    });
    let settings = GraphSettings {
        graph_url: Some(url.parse().unwrap()),
        login_url: Some(url.parse().unwrap()),
        ..GraphSettings::default()
    };
    let graph = Graph::start(settings, Arc::new(SystemClock)).unwrap();
    graph.tenant(TenantAccess {
        entra_tenant_id: uuid::Uuid::nil(),
        cloud: Cloud::Global,
        client_id: uuid::Uuid::nil(),
        proof: Proof::ClientSecret(ClientSecret::new("secret".to_owned())),
        accepted_at: None,
    })
}

async fn answer(stream: TcpStream, bodies: Arc<HashMap<String, String>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or_default() == 0 {
            return;
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let token = r#"{"access_token":"opaque","expires_in":3599}"#;
    let (status, body) = match bodies.get(target) {
        _ if target.ends_with("/token") => ("200 OK", token),
        Some(body) if body.is_empty() => ("204 No Content", ""),
        Some(body) => ("200 OK", body.as_str()),
        None => ("404 Not Found", "{}"),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    // The client may have gone; then there is nobody to tell.
    let _ = stream.write_all(answer.as_bytes()).await;
}

#[tokio::test]
async fn a_number_that_would_lose_digits_fails_its_object_alone() {
    let door = serve(&[(
        "/beta/deviceManagement/assignmentFilters",
        r#"{"value":[{"id":"good","size":9007199254740993},{"id":"bad","deep":[{"size":123456789012345678901}]}]}"#,
    )])
    .await;
    let kind = PolicyKind::AssignmentFilter;
    let listed = door.list(kind).await.unwrap();
    let [good, bad] = listed.try_into().unwrap();
    assert_eq!(good["size"], json!(9_007_199_254_740_993_u64));
    assert!(door.complete(kind, good).await.is_ok());
    let error = door.complete(kind, bad).await.unwrap_err();
    assert!(
        matches!(&error, GraphError::LossyNumber { pointer } if pointer == "/deep/0/size"),
        "{error}"
    );
}

#[tokio::test]
async fn an_expansion_that_goes_on_behind_a_link_is_followed() {
    let door = serve(&[
        (
            "/beta/deviceManagement/deviceHealthScripts?$expand=assignments",
            r#"{"value":[{"id":"s","assignments":[{"id":"1"}],"assignments@odata.nextLink":"{url}/beta/deviceManagement/x?$skiptoken=%255Ba%255D"}]}"#,
        ),
        (
            "/beta/deviceManagement/x?$skiptoken=%255Ba%255D",
            r#"{"value":[{"id":"2"}],"@odata.nextLink":"{url}/beta/deviceManagement/x?$skiptoken=b%27c"}"#,
        ),
        ("/beta/deviceManagement/x?$skiptoken=b%27c", r#"{"value":[{"id":"3"}]}"#),
    ])
    .await;
    let listed = door.list(PolicyKind::Remediation).await.unwrap();
    let expected: Value =
        json!([{"id": "s", "assignments": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}]);
    assert_eq!(Value::from(listed), expected);
}

#[tokio::test]
async fn a_byte_order_mark_does_no_harm() {
    let path = "/beta/deviceManagement/assignmentFilters";
    let door = serve(&[(path, "\u{feff}{\"value\":[{\"id\":\"f\"}]}")]).await;
    assert_eq!(
        door.list(PolicyKind::AssignmentFilter).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn an_expansion_that_leads_elsewhere_is_not_followed() {
    let door = serve(&[(
        "/beta/deviceManagement/deviceHealthScripts?$expand=assignments",
        r#"{"value":[{"id":"s","assignments":[],"assignments@odata.nextLink":"http://127.0.0.2:9/beta/x"}]}"#,
    )])
    .await;
    let error = door.list(PolicyKind::Remediation).await.unwrap_err();
    assert!(matches!(error, GraphError::Incomplete(_)), "{error}");
}

#[tokio::test]
async fn an_image_that_is_null_is_none() {
    let list = "/beta/deviceManagement/intuneBrandingProfiles?$expand=assignments";
    let item = "/beta/deviceManagement/intuneBrandingProfiles/b/";
    let door = serve(&[
        (list, r#"{"value":[{"id":"b","assignments":[]}]}"#),
        (&format!("{item}themeColorLogo"), ""),
        (
            &format!("{item}lightBackgroundLogo"),
            r#"{"type":"image/png","value":"iVBOR"}"#,
        ),
    ])
    .await;
    let kind = PolicyKind::CompanyPortalBranding;
    let listed = door.list(kind).await.unwrap().remove(0);
    let whole = door.complete(kind, listed).await.unwrap();
    let expected = json!({
        "id": "b", "assignments": [],
        "lightBackgroundLogo": {"type": "image/png", "value": "iVBOR"},
    });
    assert_eq!(whole, Completed::Object(expected));
}
