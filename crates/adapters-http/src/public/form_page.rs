//! The page that takes a customer's browser to the gateway: one form that sends itself.
//! The fields were signed before they get here; they are escaped for HTML only, which the browser undoes.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::dto::CheckoutView;

const SCRIPT: &str = "document.forms[0].submit()";

pub fn response(mut response: HttpResponseBuilder, checkout: &CheckoutView) -> HttpResponse {
    let script = BASE64_STANDARD.encode(Sha256::digest(SCRIPT));
    // The gateway sends the browser on to the bank, which the policy covers too.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{script}'; form-action {} https:; frame-ancestors 'none'",
        origin(&checkout.action),
    );
    response
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .content_type("text/html; charset=utf-8")
        .body(html(checkout))
}

fn html(checkout: &CheckoutView) -> String {
    let fields: String = checkout
        .fields
        .iter()
        .map(|field| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escaped(&field.name), escaped(&field.value))
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Seberang</title></head>\n<body>\n\
         <form method=\"post\" action=\"{}\" accept-charset=\"utf-8\">\n{fields}\
         <button type=\"submit\">Continue to payment</button>\n</form>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&checkout.action),
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A browser would make CR LF of a bare CR or LF in an attribute only if it were written as such.
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            c => out.push(c),
        }
        out
    })
}

/// Scheme, host and port of a URL of ours.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    url.get(..end.map_or(url.len(), |end| host + end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::dto::CheckoutView;

    fn checkout() -> CheckoutView {
        serde_json::from_value(serde_json::json!({
            "reference": "AAAAAAAAAAAAAAAAAAAA",
            "action": "https://pay.example:8443/cashier?a=1&b=2",
            "fields": [
                {"name": "ItemName", "value": "Pulsa \"10k\" <b>&amp;</b> 'x'\u{1f4f1}"},
                {"name": "CheckMacValue", "value": "AB+/="},
            ],
            "expires_at": Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap(),
        }))
        .unwrap()
    }

    #[test]
    fn the_page_escapes_for_html_and_nothing_else() {
        insta::assert_snapshot!(html(&checkout()), @r#"
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Seberang</title></head>
        <body>
        <form method="post" action="https://pay.example:8443/cashier?a=1&amp;b=2" accept-charset="utf-8">
        <input type="hidden" name="ItemName" value="Pulsa &quot;10k&quot; &lt;b&gt;&amp;amp;&lt;/b&gt; &#39;x&#39;📱">
        <input type="hidden" name="CheckMacValue" value="AB+/=">
        <button type="submit">Continue to payment</button>
        </form>
        <script>document.forms[0].submit()</script>
        </body>
        </html>
        "#);
    }

    #[test]
    fn the_policy_lets_only_our_line_of_script_run_and_the_form_go_to_its_gateway() {
        let response = response(HttpResponse::Created(), &checkout());
        let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(policy.contains("form-action https://pay.example:8443 https:;"), "{policy}");
    }

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(origin("http://127.0.0.1:8090/ecpay/Cashier"), "http://127.0.0.1:8090");
        assert_eq!(origin("https://a.example"), "https://a.example");
        assert_eq!(origin("https://a.example?x=/"), "https://a.example");
    }
}
