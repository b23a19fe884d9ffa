//! A page for a phone that shows how a payment stands: one sentence, no script, nothing personal. It looks again by itself while
//! something may still change.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::payment::{CheckoutState, PaymentState};
use domain::{Order, Reference};
use sha2::{Digest, Sha256};

use crate::dto::Language;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:30rem;margin:0 auto;padding:3rem 1.2rem;\
    color:#1b1b1b;background:#fff}h1{font-size:1.5rem;line-height:1.2}";
/// A card's notice comes within seconds; nobody waits here for a transfer.
const LOOK_AGAIN_S: u32 = 15;

/// What the person who paid, or did not, needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    /// Something was issued to pay into.
    ToBePaid,
    Declined,
    Paid,
    Delivered,
    Failed,
    Expired,
    Cancelled,
    /// A person looks at it.
    Review,
    /// No such checkout, or nothing a gateway signed.
    Unreadable,
}

impl Standing {
    /// `None`: the order has no such checkout.
    pub fn of(order: &Order, reference: &Reference) -> Option<Self> {
        let checkout = order.checkout(reference)?;
        let payment = order.payment(checkout.payment)?;
        Some(match payment.state {
            PaymentState::Pending if checkout.state == CheckoutState::Declined => Self::Declined,
            PaymentState::Pending if checkout.instructions.is_some() => Self::ToBePaid,
            PaymentState::Pending => Self::Waiting,
            PaymentState::Paid => Self::Paid,
            PaymentState::Success => Self::Delivered,
            PaymentState::Failed => Self::Failed,
            PaymentState::Expired => Self::Expired,
            PaymentState::Cancelled => Self::Cancelled,
            PaymentState::Review => Self::Review,
        })
    }

    const fn looks_again(self) -> bool {
        match self {
            Self::Waiting | Self::ToBePaid | Self::Declined | Self::Paid => true,
            Self::Delivered | Self::Failed | Self::Expired | Self::Cancelled | Self::Review | Self::Unreadable => false,
        }
    }

    /// A heading and a sentence.
    const fn words(self, language: Language) -> (&'static str, &'static str) {
        use Language::{Chinese, English, Indonesian};
        match (self, language) {
            (Self::Waiting, Indonesian) => {
                ("Menunggu pembayaran", "Kami belum menerima kabar pembayaran. Halaman ini diperbarui sendiri.")
            }
            (Self::Waiting, Chinese) => ("等待付款", "我們尚未收到付款通知，本頁會自動更新。"),
            (Self::Waiting, English) => {
                ("Waiting for your payment", "We have not heard of a payment yet. This page updates by itself.")
            }
            (Self::ToBePaid, Indonesian) => (
                "Silakan bayar",
                "Kode pembayaran sudah dibuat dan ada di pesanan Anda. Bayarlah sebelum batas waktunya.",
            ),
            (Self::ToBePaid, Chinese) => ("請繳費", "繳費代碼已產生，可在您的訂單中查看，請於期限前繳費。"),
            (Self::ToBePaid, English) => {
                ("Please pay", "A payment code was issued; you find it in your order. Please pay before it expires.")
            }
            (Self::Declined, Indonesian) => (
                "Pembayaran tidak berhasil",
                "Tidak ada uang yang diterima. Anda dapat mencoba lagi dari pesanan Anda.",
            ),
            (Self::Declined, Chinese) => ("付款未成功", "我們沒有收到款項，您可以從訂單再試一次。"),
            (Self::Declined, English) => {
                ("The payment did not succeed", "No money was received. You can try again from your order.")
            }
            (Self::Paid, Indonesian) => ("Pembayaran diterima", "Pesanan Anda sedang diproses."),
            (Self::Paid, Chinese) => ("已收到付款", "您的訂單正在處理中。"),
            (Self::Paid, English) => ("Payment received", "Your order is being processed."),
            (Self::Delivered, Indonesian) => ("Selesai", "Pesanan Anda sudah dikirim. Rinciannya ada di pesanan Anda."),
            (Self::Delivered, Chinese) => ("已完成", "您的訂單已送達，詳情請見您的訂單。"),
            (Self::Delivered, English) => ("Done", "Your order was delivered. You find the details in your order."),
            (Self::Failed, Indonesian) => {
                ("Pesanan tidak berhasil", "Barang tidak dapat dikirim. Uang yang kami terima akan dikembalikan.")
            }
            (Self::Failed, Chinese) => ("訂單未成功", "商品無法送達，我們收到的款項將會退還。"),
            (Self::Failed, English) => {
                ("The order did not succeed", "It could not be delivered. Money that we received goes back to you.")
            }
            (Self::Expired, Indonesian) => ("Waktu pembayaran habis", "Pesanan ini tidak dibayar tepat waktu."),
            (Self::Expired, Chinese) => ("付款期限已過", "此訂單未在期限內付款。"),
            (Self::Expired, English) => ("The time to pay is over", "This order was not paid in time."),
            (Self::Cancelled, Indonesian) => ("Dibatalkan", "Pesanan ini dibatalkan. Jangan bayar lagi."),
            (Self::Cancelled, Chinese) => ("已取消", "此訂單已取消，請勿再付款。"),
            (Self::Cancelled, English) => ("Cancelled", "This order was cancelled. Please do not pay any more."),
            (Self::Review, Indonesian) => ("Sedang diperiksa", "Kami sedang memeriksa pembayaran Anda."),
            (Self::Review, Chinese) => ("查核中", "我們正在查核您的付款。"),
            (Self::Review, English) => ("Being looked at", "We are looking at your payment."),
            (Self::Unreadable, Indonesian) => {
                ("Halaman tidak ditemukan", "Buka pesanan Anda untuk melihat keadaan pembayaran.")
            }
            (Self::Unreadable, Chinese) => ("找不到此頁", "請開啟您的訂單查看付款狀態。"),
            (Self::Unreadable, English) => ("There is no such page", "Open your order to see how its payment stands."),
        }
    }
}

pub fn response(status: StatusCode, standing: Standing, language: Language) -> HttpResponse {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'");
    HttpResponse::build(status)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .content_type("text/html; charset=utf-8")
        .body(html(standing, language))
}

fn html(standing: Standing, language: Language) -> String {
    let (title, sentence) = standing.words(language);
    let again = match standing.looks_again() {
        true => format!("<meta http-equiv=\"refresh\" content=\"{LOOK_AGAIN_S}\">"),
        false => String::new(),
    };
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{again}<title>{title}</title>\
         <style>{STYLE}</style></head>\n<body><main><h1>{title}</h1><p role=\"status\">{sentence}</p></main></body>\n</html>\n",
        language.tag(),
    )
}

#[cfg(test)]
mod tests {
    use domain::PaymentNo;

    use super::*;
    use crate::testing::{SERIAL, TARGET, order};

    fn page(change: impl FnOnce(&mut Order), language: Language) -> String {
        let mut order = order();
        change(&mut order);
        let reference = order.checkouts[0].reference.clone();
        html(Standing::of(&order, &reference).unwrap(), language)
    }

    fn in_state(state: PaymentState) -> impl FnOnce(&mut Order) {
        move |order| order.payments[0].state = state
    }

    #[test]
    fn each_state_is_said_in_each_language_and_nothing_personal() {
        let states = [
            PaymentState::Pending,
            PaymentState::Paid,
            PaymentState::Success,
            PaymentState::Failed,
            PaymentState::Expired,
            PaymentState::Cancelled,
            PaymentState::Review,
        ];
        let mut seen = std::collections::BTreeSet::new();
        for state in states {
            for language in [Language::Indonesian, Language::Chinese, Language::English] {
                let page = page(in_state(state), language);
                let moves = matches!(state, PaymentState::Pending | PaymentState::Paid);
                assert_eq!(page.contains("http-equiv=\"refresh\""), moves, "{state}");
                assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())) && !page.contains("<script"));
                for secret in [TARGET, SERIAL, "12345678901", "CCCC", "iak", "TWD", "2611211200001"] {
                    assert!(!page.contains(secret), "{secret} in {page}");
                }
                assert!(seen.insert(page), "{state} is said like another");
            }
        }
    }

    #[test]
    fn what_is_to_be_paid_elsewhere_is_not_shown_but_said() {
        let page = page(
            |order| {
                order.payments[0].state = PaymentState::Pending;
                order.checkouts[0].state = CheckoutState::Open;
                let code = domain::PayCode::StoreCode(domain::Private::new("LLL15091212345"));
                let payable_until = crate::testing::noon();
                order.checkouts[0].instructions = Some(domain::Instructions { code, payable_until });
            },
            Language::English,
        );
        assert!(page.contains("<h1>Please pay</h1>") && !page.contains("LLL"), "{page}");
    }

    #[test]
    fn a_checkout_of_another_order_has_no_page_here() {
        let stranger = "ZZZZZZZZZZZZZZZZZZZZ".parse().unwrap();
        assert_eq!(Standing::of(&order(), &stranger), None);
        let mut without = order();
        without.checkouts[0].payment = PaymentNo(7);
        assert_eq!(Standing::of(&without, &without.checkouts[0].reference.clone()), None);
    }

    #[test]
    fn the_policy_lets_nothing_in_but_its_style() {
        let response = response(StatusCode::OK, Standing::Paid, Language::English);
        let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    }
}
