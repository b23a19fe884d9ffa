//! Stories of inquiries with literal JSON: what is asked, what is understood, and everything that is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn meter() -> Inquiry {
    Inquiry::PlnMeter { number: Private::new("12345678901") }
}

fn wallet(brand: &str) -> Inquiry {
    Inquiry::EWallet { brand: brand.to_owned(), number: Private::new("082179374708") }
}

fn player() -> Inquiry {
    Inquiry::GamePlayer { brand: "Mobile Legends".to_owned(), id: Private::new("156378300|8483") }
}

fn servers_of(brand: &str) -> Inquiry {
    Inquiry::GameServers { brand: brand.to_owned() }
}

fn format_of(brand: &str) -> Inquiry {
    Inquiry::GameFormat { brand: brand.to_owned() }
}

fn operator() -> Inquiry {
    Inquiry::Operator { number: Private::new("081234567890") }
}

fn all() -> [Inquiry; 6] {
    [meter(), wallet("OVO"), player(), servers_of("Dragon Nest"), format_of("Mobile Legends"), operator()]
}

/// Fields that answer any of them.
fn full() -> Value {
    json!({
        "status": "1", "name": "PT X", "meter_no": "12345678901", "subscriber_id": "523300817840",
        "segment_power": "R1 /000001300", "username": "Penjual Pulsa", "servers": [{"name": "Lotus", "value": "10002"}],
        "formatGameId": "[userid]|[zoneid]", "operator": "telkomsel", "message": "SUCCESS", "rc": "00",
    })
}

/// The same with some fields changed; a null takes the field away.
fn with(changes: &Value) -> String {
    let mut data = full();
    for (name, value) in changes.as_object().unwrap() {
        let fields = data.as_object_mut().unwrap();
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    json!({ "data": data }).to_string()
}

fn ask(inquiry: &Inquiry, body: &str) -> Result<Finding, ReadFailed> {
    read(inquiry, 200, body.as_bytes())
}

fn is_silent(told: &Result<Finding, ReadFailed>) -> bool {
    matches!(told, Err(ReadFailed::Unavailable(_)))
}

#[test]
fn every_question_goes_to_its_place_signed_over_its_own_word() {
    let asked: Vec<String> = all()
        .iter()
        .map(|inquiry| {
            let Question { path, signed, fields, .. } = question(inquiry).unwrap();
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{path} {signed} {}", fields.join("&"))
        })
        .collect();
    assert_eq!(
        asked,
        [
            "/api/inquiry-pln 12345678901 customer_id=12345678901",
            "/api/inquiry-ovo 082179374708 customer_id=082179374708",
            "/api/inquiry-game 103 game_code=103&customer_id=156378300|8483",
            "/api/inquiry-game-server 142 game_code=142",
            "/api/game/format 103 game_code=103",
            "/api/check-operator op customer_id=081234567890",
        ]
    );
    for none in [wallet("GoPay"), wallet("ovo2"), servers_of("Steam Wallet"), format_of("")] {
        assert!(question(&none).is_none(), "{none:?}");
    }
}

#[test]
fn each_documented_reply_is_understood() {
    let text = Private::new;
    let meter_found = Meter {
        name: text("PT X"),
        meter: Some(text("12345678901")),
        subscriber: Some(text("523300817840")),
        segment: Some("R1 /000001300".to_owned()),
    };
    let pln = r#"{"data":{"status":"1","customer_id":"12345678901","meter_no":"12345678901",
        "subscriber_id":"523300817840","name":"PT X","segment_power":"R1 /000001300","message":"SUCCESS","rc":"00"}}"#;
    assert_eq!(ask(&meter(), pln), Ok(Finding::Meter(meter_found)));
    let ovo =
        r#"{"data":{"status":"1","customer_id":"082179374708","name":"BUD** SAN****","message":"SUCCESS","rc":"00"}}"#;
    assert_eq!(ask(&wallet("OVO"), ovo), Ok(Finding::Name(text("BUD** SAN****"))));
    let game = r#"{"data":{"username":"Penjual Pulsa","status":1,"message":"SUCCESS","rc":"00"}}"#;
    assert_eq!(ask(&player(), game), Ok(Finding::Name(text("Penjual Pulsa"))));
    let none = r#"{"data":{"servers":[],"status":1,"message":"SUCCESS","rc":"00"}}"#;
    assert_eq!(ask(&servers_of("Mobile Legends"), none), Ok(Finding::Servers(Vec::new())));
    let some = r#"{"data":{"servers":[{"name":"Lotus","value":"10002"},{"name":"7","value":7}],"status":1,"rc":"00"}}"#;
    let server = |name: &str, value: &str| GameServer { name: name.to_owned(), value: value.to_owned() };
    let expected = Finding::Servers(vec![server("Lotus", "10002"), server("7", "7")]);
    assert_eq!(ask(&servers_of("Dragon Nest"), some), Ok(expected));
    let format = r#"{"data":{"formatGameId":"[rolename]|[userid]|[zoneid]","status":1,"message":"SUCCESS","rc":"00"}}"#;
    let parts = ["rolename", "userid", "zoneid"].map(str::to_owned).to_vec();
    assert_eq!(ask(&format_of("Bleach"), format), Ok(Finding::Format(parts)));
    let carrier = r#"{"data":{"operator":"telkomsel","message":"SUCCESS","rc":"00"}}"#;
    assert_eq!(ask(&operator(), carrier), Ok(Finding::Operator("telkomsel".to_owned())));
}

#[test]
fn a_wrong_number_is_said_only_of_a_number_and_a_game_without_check_only_of_a_game() {
    for rc in ["14", "16", "141", "142", "203"] {
        let body = format!(r#"{{"data":{{"status":"2","message":"NO","rc":"{rc}"}}}}"#);
        for inquiry in [meter(), wallet("OVO"), player(), operator()] {
            assert_eq!(ask(&inquiry, &body), Ok(Finding::NoSuchTarget), "{rc}");
        }
        for inquiry in [servers_of("Dragon Nest"), format_of("Bleach")] {
            assert!(is_silent(&ask(&inquiry, &body)), "{rc}");
        }
    }
    for (rc, finding) in [("143", Finding::NoCheckNeeded), ("20", Finding::NotOffered)] {
        let body = format!(r#"{{"data":{{"status":2,"rc":"{rc}"}}}}"#);
        for inquiry in [player(), servers_of("Dragon Nest"), format_of("Bleach")] {
            assert_eq!(ask(&inquiry, &body), Ok(finding.clone()), "{rc}");
        }
        for inquiry in [meter(), wallet("OVO"), operator()] {
            assert!(is_silent(&ask(&inquiry, &body)), "{rc}");
        }
    }
}

#[test]
fn a_reply_about_somebody_else_or_that_contradicts_itself_says_nothing() {
    for changes in [
        json!({"customer_id": "12345678902", "meter_no": "12345678902"}),
        json!({"customer_id": "12345678902", "meter_no": null, "rc": "14", "status": "2"}),
        json!({"status": "2"}),
        json!({"status": "0"}),
        json!({"status": "1", "rc": "14"}),
        json!({"rc": null}),
        json!({"rc": 0}),
        json!({"rc": ""}),
        json!({"rc": "999"}),
        json!({"name": null}),
        json!({"name": ""}),
        json!({"name": "x".repeat(101)}),
        json!({"name": "two\nlines"}),
        json!({"name": ["PT X"]}),
    ] {
        assert!(is_silent(&ask(&meter(), &with(&changes))), "{changes}");
    }
    let by_the_other_number = Inquiry::PlnMeter { number: Private::new("523300817840") };
    assert!(ask(&by_the_other_number, &with(&json!({"customer_id": "12345678901"}))).is_ok());
    let bare = |number: u64| with(&json!({"customer_id": number, "meter_no": null, "subscriber_id": null}));
    assert!(ask(&wallet("OVO"), &bare(82_179_374_708)).is_ok(), "a JSON number has no zeros in front");
    assert!(is_silent(&ask(&wallet("OVO"), &bare(82_179_374_709))));
}

#[test]
fn a_list_of_servers_or_a_format_of_another_shape_is_none() {
    for servers in [
        json!("none"),
        json!({"name": "Lotus", "value": "1"}),
        json!([{"name": "Lotus"}]),
        json!([{"name": "Lotus", "value": "1"}, 7]),
        json!([{"name": "Lotus", "value": ""}]),
        json!(vec![json!({"name": "a", "value": "b"}); 501]),
        Value::Null,
    ] {
        let told = ask(&servers_of("Dragon Nest"), &with(&json!({ "servers": servers })));
        assert!(is_silent(&told), "{servers}");
    }
    for format in ["", "userid", "[]", "[user id]", "[userid]|", "[a]|[b]|[c]|[d]|[e]|[f]|[g]", "[<b>]"] {
        let told = ask(&format_of("Bleach"), &with(&json!({ "formatGameId": format })));
        assert!(is_silent(&told), "{format}");
    }
}

#[test]
fn what_is_no_reply_of_theirs_says_nothing_about_anybody() {
    let whole = with(&json!({}));
    let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let truncated = &whole.as_bytes()[..whole.len() / 2];
    let latin: Vec<u8> = with(&json!({"name": "X"}))
        .replace("\"X\"", "\"JOS_\"")
        .bytes()
        .map(|b| if b == b'_' { 0xe9 } else { b })
        .collect();
    let huge = vec![b'['; 10 * 1024 * 1024];
    for inquiry in all() {
        for body in [
            &b""[..],
            b"<html><body>200 OK</body></html>",
            b"<mp><rc>14</rc><status>2</status></mp>",
            b"null",
            b"{}",
            b"[]",
            br#"{"data":null}"#,
            br#"{"data":[]}"#,
            br#"{"rc":"14","status":"2"}"#,
            br#"{"data":{"rc":"14","rc":"00"}}"#,
            br#"{"data":{"rc":["14"]}}"#,
            truncated,
            &utf16,
            &latin,
            &huge,
        ] {
            let told = read(&inquiry, 200, body);
            assert!(is_silent(&told), "{told:?}: {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
        }
        for http in [0, 201, 204, 301, 307, 401, 403, 404, 429, 500, 502, 503] {
            for body in [whole.as_bytes(), br#"{"data":{"rc":"14","status":"2"}}"#] {
                assert!(is_silent(&read(&inquiry, http, body)), "{http}");
            }
        }
        let refused = br#"{"data":{"rc":"14","status":2,"error_details":["customer_id is missing"]}}"#;
        assert!(is_silent(&read(&inquiry, 400, refused)), "our request was malformed: nobody looked at the number");
    }
}

#[test]
fn an_answer_that_lets_us_not_in_calls_for_a_person_whatever_was_asked() {
    for rc in ["102", "118", "204"] {
        for http in [200, 400] {
            for inquiry in all() {
                let body = format!(r#"{{"data":{{"rc":"{rc}","message":"NO"}}}}"#);
                let told = read(&inquiry, http, body.as_bytes());
                assert_eq!(told, Err(ReadFailed::Unauthorised(format!("result code {rc}"))));
            }
        }
    }
}

#[test]
fn no_answer_prints_a_name_or_a_number() {
    let noisy = with(&json!({"rc": "082179374708", "message": "PT X"}));
    for inquiry in all() {
        for body in [with(&json!({})), noisy.clone()] {
            let printed = format!("{inquiry:?} {:?}", ask(&inquiry, &body));
            for private in ["PT X", "Penjual", "12345678901", "523300817840", "082179374708", "156378300"] {
                assert!(!printed.contains(private), "{printed}");
            }
        }
    }
}

fn any_inquiry() -> impl Strategy<Value = Inquiry> {
    (0..6_usize).prop_map(|n| all()[n].clone())
}

proptest! {
    #[test]
    fn any_bytes_say_nothing(inquiry in any_inquiry(), http in any::<u16>(), body in any::<Vec<u8>>()) {
        prop_assert!(is_silent(&read(&inquiry, http, &body)));
    }

    #[test]
    fn any_code_that_is_not_documented_says_nothing(inquiry in any_inquiry(), rc in ".{0,5}", status in 0..4) {
        prop_assume!(codes::told(&rc) == Told::Nothing && codes::lets_us_in(&rc));
        let body = with(&json!({"rc": rc, "status": status}));
        prop_assert!(is_silent(&ask(&inquiry, &body)));
    }

    #[test]
    fn any_field_may_hold_anything(inquiry in any_inquiry(), name in 0..10_usize, text in any::<String>(), number in any::<f64>()) {
        let fields = ["status", "name", "meter_no", "subscriber_id", "segment_power", "username", "servers", "formatGameId",
            "operator", "customer_id"];
        for value in [json!(text), json!(number), json!([text]), json!({"name": text}), json!([{"name": text, "value": number}])] {
            let told = ask(&inquiry, &with(&json!({ (fields[name]): value })));
            prop_assert!(!matches!(told, Ok(Finding::NoSuchTarget)), "never somebody's wrong number");
        }
    }

    #[test]
    fn any_format_is_read_without_panic(text in any::<String>()) {
        if let Ok(parts) = format_parts(&text) {
            let again: Vec<String> = parts.iter().map(|part| format!("[{part}]")).collect();
            prop_assert_eq!(text.replace(' ', "").len() >= again.join("|").len(), true);
        }
    }
}

#[test]
fn a_list_finds_nobody() {
    let list = json!({ "data": ["00", "1", "12345678901", "PT X", "12345678901", "523300817840", "R1 /000001300"] });
    let read = read(&meter(), 200, list.to_string().as_bytes());
    assert!(matches!(read, Err(ReadFailed::Unavailable(_))), "{read:?}");
}
