//! Who may do what: without a token nothing, with a token what its role may, and never anything of somebody else's.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::programs;
use crate::reading::{list, text};
use crate::shop::{AIRTIME, Shop, fresh, phone};

/// What anybody may ask.
const OPEN: [(&str, &str); 10] = [
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("post", "/webhooks/{provider}/{kind}"),
    // Secret ends of addresses, in place of signatures.
    ("get", "/webhooks/{provider}/{kind}/{token}"),
    ("post", "/webhooks/{provider}/{kind}/{token}"),
    ("post", "/pay/{gateway}/return"),
    ("get", "/pay/{gateway}/{reference}"),
    // Described nowhere, open all the same: the descriptions.
    ("get", "/openapi.json"),
    ("get", "/docs"),
];
const ROLES: [&str; 5] = ["customer", "partner", "operator", "finance", "admin"];

#[tokio::test(flavor = "multi_thread")]
async fn access() {
    let shop = Shop::open().await;
    every_route_wants_a_token_and_its_role(&shop).await;
    a_token_must_be_ours_and_alive(&shop).await;
    what_staff_may_do_is_divided(&shop).await;
    other_peoples_orders_do_not_exist(&shop).await;
    shop.end().await;
}

async fn every_route_wants_a_token_and_its_role(shop: &Shop) {
    let subject = fresh();
    let tokens = ROLES.map(|role| {
        let sub = if role == "customer" || role == "partner" { subject.as_str() } else { "somebody" };
        (role, shop.world.token(role, sub, 60).unwrap())
    });
    let server = &shop.world.servers()[0];
    let mut guarded = 0;
    for base in [server.public_url(), server.admin_url()] {
        let api = shop.ask_at(Method::GET, &format!("{base}/openapi.json")).send().await.ok();
        for (path, operations) in api["paths"].as_object().unwrap() {
            for (word, operation) in operations.as_object().unwrap().iter().filter(|(_, o)| o["responses"].is_object())
            {
                let method = Method::from_bytes(word.to_uppercase().as_bytes()).unwrap();
                let real = path.replace("{id}", &fresh()).replace("{n}", "0").replace("{code}", "ABC");
                let real = if path.contains("alerts/{id}") { path.replace("{id}", "1") } else { real };
                let real = real.replace("{provider}", "nobody").replace("{kind}", "x");
                let real = real.replace("{gateway}", "nobody").replace("{reference}", "x");
                let ask = async |token: &str| -> Answer {
                    let ask = shop.ask_at(method.clone(), &format!("{base}{real}")).by(token).fresh_key();
                    ask.send().await
                };
                let nobody = ask("").await;
                if OPEN.contains(&(word, path)) {
                    assert!(operation["security"].is_null() && nobody.status != 401, "{word} {path}");
                    continue;
                }
                guarded += 1;
                assert_eq!(nobody.problem(), "401 token_required Authorization=token_required", "{word} {path}");
                assert_eq!(nobody.header("www-authenticate"), "Bearer");
                assert!(!list(&operation["security"]).is_empty(), "{word} {path} says that it wants a token");
                let described = text(&operation["description"]);
                let (_, may) = described.rsplit_once("Roles: ").unwrap();
                let may: Vec<&str> = may.trim_end_matches('.').split(", ").collect();
                for (role, token) in &tokens {
                    let answer = ask(token).await;
                    let refused = answer.status == 403;
                    assert_eq!(refused, !may.contains(role), "{role} at {word} {path}: {answer:?}");
                    assert!(answer.status != 401 && answer.status < 500, "{role} at {word} {path}: {answer:?}");
                }
            }
        }
    }
    assert!(guarded >= 20, "{guarded} guarded routes");
}

/// A token minted by another installation, which may have other keys and another time.
fn minted(jwt_keys: &str, clock: &str, role: &str, sub: &str) -> String {
    let mut command = Command::new(programs::server());
    command.env_clear().env("SEBERANG_ENV", "dev").env("JWT_KEYS", jwt_keys).env("SEBERANG_CLOCK", clock);
    let output = command.args(["token", "--role", role, "--sub", sub, "--minutes", "15"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn a_token_must_be_ours_and_alive(shop: &Shop) {
    const OURS: &str = "dev:ZGV2LW9ubHktand0LWtleS0wMTIzNDU2Nzg5YWJjZGU=";
    const OTHER: &str = "dev:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    let folder = std::env::temp_dir().join(format!("it-clock-{}", std::process::id()));
    let clock = |offset_ms: i64| {
        std::fs::write(&folder, offset_ms.to_string()).unwrap();
        format!("file:{}", folder.display())
    };
    let mint = |keys: &str, clock: &str| minted(keys, clock, "customer", &shop.customer_id);
    let good = mint(OURS, "system");
    let expired = mint(OURS, &clock(-16 * 60_000));
    let early = mint(OURS, &clock(10 * 60_000));
    let forged = mint(OTHER, "system");
    std::fs::remove_file(&folder).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    // {"typ":"JWT","alg":"none","kid":"dev"}
    let none = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIiwia2lkIjoiZGV2In0";
    let read = async |token: &str| shop.get("/v1/orders").header("Authorization", token).send().await;
    assert_eq!(read(&format!("Bearer {good}")).await.status, 200);
    assert_eq!(read(&format!("bearer {good}")).await.status, 200);
    for (token, expected) in [
        (format!("Bearer {expired}"), "token_expired"),
        (format!("Bearer {early}"), "token_invalid"),
        (format!("Bearer {forged}"), "token_invalid"),
        (format!("Bearer {none}.{}.", parts[1]), "token_invalid"),
        (format!("Bearer {none}.{}.{}", parts[1], parts[2]), "token_invalid"),
        (format!("Bearer {}.{}.", parts[0], parts[1]), "token_invalid"),
        (format!("Bearer {}.{}.{}x", parts[0], parts[1], parts[2]), "token_invalid"),
        (format!("Bearer {}", "x".repeat(5_000)), "token_invalid"),
        ("Bearer ".to_owned(), "token_required"),
        ("Bearer x".to_owned(), "token_invalid"),
        (format!("Basic {good}"), "token_required"),
        (good.clone(), "token_required"),
    ] {
        assert_eq!(read(&token).await.problem(), format!("401 {expected} Authorization={expected}"), "{token}");
    }
    // The role is signed like the rest: another body under the same signature is nobody's.
    let staffs = mint_parts(&minted(OURS, "system", "admin", "ada"));
    let swapped = format!("{}.{}.{}", parts[0], staffs[1], parts[2]);
    assert_eq!(shop.get("/v1/admin/orders").by(&swapped).send().await.status, 401);
}

fn mint_parts(token: &str) -> Vec<String> {
    token.split('.').map(str::to_owned).collect()
}

async fn what_staff_may_do_is_divided(shop: &Shop) {
    let (_, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let body = json!({ "resolution": "failed", "evidence": "T" });
    let goods = ["items/0/resolve", "payments/0/cancel", "tasks/revive"];
    let money = ["payments/0/resolve", "refunds/0/confirm", "refunds/0/reject", "refunds/0/retry"];
    for path in goods {
        assert_eq!(shop.decide(&shop.finance, &order, path, body.clone()).await.problem(), "403 forbidden", "{path}");
    }
    for path in money {
        assert_eq!(shop.decide(&shop.operator, &order, path, body.clone()).await.problem(), "403 forbidden", "{path}");
    }
    for path in ["/v1/admin/price-book", "/v1/admin/promos/ABC"] {
        let put = shop.put(path).by(&shop.operator).json(&json!({})).send().await;
        assert_eq!(put.problem(), "403 forbidden", "{path}");
    }
    // Nobody of the staff orders for themselves, and no customer looks behind the counter.
    for token in [&shop.operator, &shop.finance, &shop.admin] {
        assert_eq!(shop.get("/v1/orders").by(token).send().await.problem(), "403 forbidden");
        let place = shop.post("/v1/orders").by(token).fresh_key().json(&json!({})).send().await;
        assert_eq!(place.problem(), "403 forbidden");
    }
    for path in ["/v1/admin/orders", "/v1/admin/alerts", "/v1/admin/price-book"] {
        assert_eq!(shop.get(path).by(&shop.customer).send().await.problem(), "403 forbidden", "{path}");
    }
    let cancelled = shop.decide(&shop.operator, &order, "payments/0/cancel", json!({})).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(shop.story(&order).await["timeline"][1]["actor"], "operator:ola");
}

async fn other_peoples_orders_do_not_exist(shop: &Shop) {
    let (who, order) = shop.order(&[(AIRTIME, &phone())], None).await;
    let other = shop.stranger();
    let path = format!("/v1/orders/{order}");
    let checkout = json!({ "method": "credit" });
    let missing = async |id: &str| {
        [
            shop.get(&format!("/v1/orders/{id}")).by(&other).send().await,
            shop.get(&format!("/v1/orders/{id}/payment-methods")).by(&other).send().await,
            shop.post(&format!("/v1/orders/{id}/cancel")).by(&other).fresh_key().send().await,
            shop.post(&format!("/v1/orders/{id}/checkouts")).by(&other).fresh_key().json(&checkout).send().await,
        ]
        .map(|answer| {
            let mut body = answer.json();
            body["request_id"] = Value::Null;
            (answer.problem(), body)
        })
    };
    let theirs = missing(&order).await;
    assert!(theirs.iter().all(|(problem, _)| problem == "404 no_such_order"), "{theirs:?}");
    assert_eq!(theirs, missing(&fresh()).await, "nothing tells it from an order that is not there");
    assert!(list(&shop.get("/v1/orders").by(&other).send().await.ok()["items"]).is_empty());
    let tagged = shop.get(&path).by(&other).header("If-None-Match", "*").send().await;
    assert_eq!((tagged.status, tagged.header("etag")), (404, ""));
    let own = shop.own(&who, &order).await;
    assert_eq!((&own["version"], &own["status"]), (&json!(1), &json!("pending")), "nobody has touched it");
}
