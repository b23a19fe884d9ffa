//! A restarted sandbox knows everything, and takes up what was open; a second one cannot take the address.

use serde_json::json;

use crate::kit::{World, value};

#[tokio::test]
async fn a_restart_keeps_the_truth_and_finishes_what_was_open() {
    let mut world = World::new().await;
    world.shop.reply_with(500, "down");
    world.pay("A1", 200).await;
    world.checkout("A2", 300).await;
    world.top_up("R1").await;
    world.fault(json!({ "provider": "iak", "call": "topup", "kind": "late_reversal", "times": 1 })).await;
    world.top_up("R2").await;
    let before = world.get("/truth").await;
    let balance = world.balance().await;
    assert_eq!(world.shop.count(), 1);

    world = world.restarted().await;
    world.shop.reply_with(200, "1|OK");
    let after = world.get("/truth").await;
    assert_eq!(before["charges"], after["charges"]);
    assert_eq!(before["deliveries"], after["deliveries"]);
    assert_eq!(world.balance().await, balance);
    assert!(world.submit(&world.order("A2", 300)).await.text().await.unwrap().contains("10300028"));
    assert_eq!(world.press("A1", "pay").await.status(), 409);

    world.jump(5 * 60_000 + 1_000).await;
    assert_eq!(world.status("R1").await["rc"], "00");
    let resend = world.shop.received().into_iter().filter(|n| n.path == "/webhooks/ecpay").nth(1).unwrap();
    assert_eq!(value(&resend.form(), "RtnMsg"), "paid");
    world.jump(600_000).await;
    assert_eq!(world.status("R2").await["rc"], "07");
    assert_eq!(world.press("A2", "pay").await.status(), 200);
    world.quiet().await;

    world = world.restarted().await;
    assert_eq!(world.scheduled().await, 0, "all notices were acknowledged");
    assert_eq!(world.charges().await.len(), 2);
}

#[tokio::test]
async fn a_taken_address_is_named_in_one_line() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let config =
        sandbox::SandboxConfig::new(world.sandbox.addr(), dir.path().join("truth.jsonl"), sandbox::Clock::System);
    let Err(error) = sandbox::start(config).await else { panic!("two servers on one address") };
    let line = error.to_string();
    assert!(line.contains("SANDBOX_ADDR") && !line.contains('\n'), "{line}");
}

#[tokio::test]
async fn the_binary_says_which_variable_is_wrong_and_fails() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .env("SANDBOX_ADDR", world.sandbox.addr().to_string())
        .env("SANDBOX_TRUTH_FILE", dir.path().join("truth.jsonl"))
        .env_remove("SEBERANG_CLOCK")
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("SANDBOX_ADDR") && line.trim_end().lines().count() == 1, "{line}");
}
