//! `ReturnURL` and `PaymentInfoURL` notices: verified over every field that came, read strictly, kept without the payer's data;
//! the answers ECPay wants; and what the browser carries (ECPay AIO docs, ReturnURL, PaymentInfoURL, OrderResultURL). Not
//! here: what a notice does to a payment.

use domain::payment::{Evidence, PaidReport};
use domain::{Account, GatewayId, Reference};
use ports::gateway::{GatewayNotice, GatewayNoticeSays};
use ports::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};

use crate::issued::{is_issued, read};
use crate::map;
use crate::sign::{CHECK_MAC_VALUE, Signer};
use crate::wire::Fields;

/// The kinds of notices that are read here: the last words of `ReturnURL`…
pub const RETURN: &str = "return";
/// …and of `PaymentInfoURL`. Whether ECPay keeps strictly to the one or the other is not documented, so both are read alike.
pub const PAYMENT_INFO: &str = "payment-info";
/// Fields about the payer's card or bank account, in notices and in query replies.
pub const PRIVATE_FIELDS: &[&str] = &[
    "card4no",
    "card6no",
    "auth_code",
    "ATMAccBank",
    "ATMAccNo",
    "WebATMAccBank",
    "WebATMAccNo",
    "WebATMBankName",
    "PaymentNo",
    "vAccount",
    "Barcode1",
    "Barcode2",
    "Barcode3",
    "PaymentURL",
    "BindingCard",
    "MerchantMemberID",
];
const MASK: &str = "***";

/// Verifies and reads one notice.
///
/// The same event comes again with another `RtnMsg` and so another signature: the key of the record is made of what
/// the event is, never of its bytes.
pub fn verify(
    gateway: &GatewayId,
    account: &Account,
    signer: &Signer,
    kind: &str,
    raw: &RawNotice,
) -> Result<GatewayNotice, NoticeRejected> {
    if kind != RETURN && kind != PAYMENT_INFO {
        return Err(NoticeRejected::Malformed);
    }
    let fields = signed(account, signer, raw)?;
    let reference = map::reference(fields.required("MerchantTradeNo")?)?;
    let transaction = map::transaction(fields.required("TradeNo")?)?;
    let amount = map::amount(fields.required("TradeAmt")?)?;
    let fee = map::fee(fields.optional("PaymentTypeChargeFee")?);
    let code = map::code(fields.required("RtnCode")?)?;
    // What is told of codes comes without the flag, and moves no money.
    let flagged = code == "1" || (kind == RETURN && !is_issued(code));
    let simulated = flagged && map::simulated(fields.required("SimulatePaid")?)?;

    let key = format!("{gateway}:{kind}:{reference}:{transaction}:{code}:{}", u8::from(simulated));
    let says = match (simulated, code) {
        (true, _) => GatewayNoticeSays::Simulated,
        (false, code) if is_issued(code) => GatewayNoticeSays::Issued(read(code, &fields)?),
        (false, "1") => GatewayNoticeSays::Paid(PaidReport {
            gateway: gateway.clone(),
            account: account.clone(),
            reference: reference.clone(),
            transaction,
            amount,
            fee,
            simulated: false,
            evidence: Evidence::Notice,
        }),
        (false, code) => GatewayNoticeSays::Declined { code: code.to_owned() },
    };
    let record = NoticeRecord { key, provider: gateway.to_string(), kind: kind.to_owned(), body: redacted(&fields) };
    Ok(GatewayNotice { reference, says, record })
}

/// What the browser posts to `OrderResultURL`: whose it is. It has the fields of a notice and their signature.
pub fn returned(account: &Account, signer: &Signer, raw: &RawNotice) -> Result<Reference, NoticeRejected> {
    let fields = signed(account, signer, raw)?;
    Ok(map::reference(fields.required("MerchantTradeNo")?)?)
}

/// The fields of a message that ECPay signed for this account.
fn signed(account: &Account, signer: &Signer, raw: &RawNotice) -> Result<Fields, NoticeRejected> {
    let fields = Fields::from_form(&raw.body)?;
    if !signer.verifies(&fields) {
        return Err(NoticeRejected::BadSignature);
    }
    if fields.required("MerchantID")? != account.as_str() {
        return Err(NoticeRejected::OtherAccount);
    }
    Ok(fields)
}

/// The fields as a form again, without the signature and with the payer's data masked, however their names are
/// written.
fn redacted(fields: &Fields) -> String {
    let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(name, _)| !is(name, CHECK_MAC_VALUE)) {
        let masked = !value.is_empty() && PRIVATE_FIELDS.iter().any(|private| is(name, private));
        form.append_pair(name, if masked { MASK } else { value });
    }
    form.finish()
}

/// ECPay stops at exactly `1|OK` and sends everything else again, four times at most. A forged notice learns nothing
/// it did not know.
pub fn reply(outcome: NoticeOutcome) -> NoticeReply {
    let (status, body) = match outcome {
        NoticeOutcome::Stored => (200, "1|OK"),
        NoticeOutcome::Rejected(NoticeRejected::BadSignature) => (200, "0|CheckMacValue Error"),
        NoticeOutcome::Rejected(NoticeRejected::OtherAccount) => (200, "0|MerchantID Error"),
        NoticeOutcome::Rejected(NoticeRejected::Malformed) => (200, "0|Parameter Error"),
        NoticeOutcome::TryAgain => (503, "0|try again"),
    };
    NoticeReply { status, content_type: "text/plain", body: body.to_owned() }
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
