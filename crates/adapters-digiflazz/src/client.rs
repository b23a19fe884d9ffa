//! Sends Digiflazz's calls, one request each, and hands the replies to `map`, `bill` and `listing`. No rule is decided here, but that
//! an old purchase is not asked about: after 90 days its reference buys anew (Digiflazz docs).

use std::sync::Arc;

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, plain_reply, rupiah, unsent, word};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::{Account, Moment, Money, Private, SupplierId};
use ports::Exchange;
use ports::bill::{BillAnswer, BillQuery};
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery, Supplier, SupplierNotice};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::codes::{Meaning, meaning};
use crate::config::Config;
use crate::error::Doubt;
use crate::map::{self, About, Asked};
use crate::notice::TRANSACTION;
use crate::wire::{self, Balance, Command, Said, Transaction};
use crate::{bill, listing, notice, sign};

/// Ten days before a question would buy: room for clocks, and for how they count.
const ASKED_FOR: TimeDelta = TimeDelta::days(80);
/// What a question offers to pay: should it be bought by it, it is refused for its price. Whether the price is looked at before
/// the reference is not documented; then it tells nothing.
const NOTHING_TO_PAY: i64 = 1;
/// Of a private value that is looked for everywhere: a shorter one stands in every text by chance.
const SHORTEST_PART: usize = 4;
/// The two lists.
const LISTS: [&str; 2] = ["prepaid", "pasca"];

struct Digiflazz {
    id: SupplierId,
    config: Config,
    urls: PublicUrls,
    http: Http,
}

/// Checks the settings and makes the supplier. Opens no connection.
pub fn build(
    id: SupplierId,
    raw: &RawSettings,
    urls: &PublicUrls,
    http: &Http,
) -> Result<Arc<dyn Supplier>, BadSetting> {
    let config = Config::read(raw)?;
    let http = http.within(config.timeout).map_err(|error| raw.bad("TIMEOUT_MS", error.to_string()))?;
    Ok(Arc::new(Digiflazz { id, config, urls: urls.clone(), http }))
}

/// One call.
struct Call {
    name: &'static str,
    path: &'static str,
    body: Vec<u8>,
    cap: usize,
    /// What is private in it.
    private: Vec<SecretString>,
}

impl Digiflazz {
    async fn call(&self, call: Call, now: Moment) -> (Outcome, Exchange) {
        let request = Request {
            provider: self.id.as_str(),
            call: call.name,
            method: Method::Post,
            url: &format!("{}{}", self.config.base_url, call.path),
            headers: Vec::new(),
            content_type: Some("application/json"),
            body: call.body,
            deadline: self.config.timeout,
            body_cap: call.cap,
            redactor: &self.config.redactor(call.private),
        };
        self.http.call(request, now).await
    }

    /// One call about a transaction.
    async fn transact(
        &self,
        name: &'static str,
        purchase: &Purchase,
        command: Command,
        most: Option<i64>,
        now: Moment,
    ) -> (Outcome, Exchange) {
        let target = target(purchase.category, &purchase.target, self.config.player_dot);
        let signed = sign::request(&self.config, purchase.reference.as_str());
        let tells = matches!(command, Command::Prepaid | Command::PayBill);
        let cb_url = tells.then(|| self.urls.webhook(self.id.as_str(), TRANSACTION));
        let transaction = Transaction {
            command,
            username: self.config.username.expose_secret(),
            sign: &signed,
            code: &purchase.code,
            target: &target,
            reference: purchase.reference.as_str(),
            max_price: most,
            cb_url: cb_url.as_deref(),
            testing: self.config.testing,
        };
        let whole = purchase.target.expose();
        let forms = [whole, target.as_str()].into_iter().chain(whole.split('|'));
        let mut private: Vec<SecretString> =
            forms.filter(|form| form.len() >= SHORTEST_PART).map(SecretString::from).collect();
        private.push(SecretString::from(signed.as_str()));
        let call = Call { name, path: "/transaction", body: transaction.body(), cap: BODY_CAP, private };
        let (outcome, mut exchange) = self.call(call, now).await;
        exchange.busy |= matches!(&outcome, Outcome::Reply { status, body } if map::is_too_many(*status, body));
        (outcome, exchange)
    }

    /// What changes nothing.
    async fn read(
        &self,
        call: &'static str,
        path: &'static str,
        signed: &str,
        cmd: &str,
        now: Moment,
    ) -> Result<Bytes, ReadFailed> {
        let sign = sign::request(&self.config, signed);
        let body = wire::reading(self.config.username.expose_secret(), &sign, cmd);
        let cap = if signed == sign::PRICE_LIST { LIST_CAP } else { BODY_CAP };
        let call = Call { name: call, path, body, cap, private: vec![SecretString::from(sign)] };
        match self.call(call, now).await.0.of_reading()? {
            (200 | 400, body) => Ok(body),
            (status, _) => Err(doubtful(Doubt::Http(status))),
        }
    }

    /// A question that is not sent.
    fn unasked(&self, why: &str, now: Moment) -> (Answer, Exchange) {
        (Answer::Unclear { why: why.to_owned() }, unsent(self.id.as_str(), "status", now, why.to_owned()))
    }
}

#[async_trait]
impl Supplier for Digiflazz {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    /// What is not found is bought by the question.
    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: false, game_codes: true, request_timeout }
    }

    fn asking_may_buy(&self) -> bool {
        true
    }

    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let (name, command, asked) = match purchase.bill {
            Some(_) => ("pay-bill", Command::PayBill, Asked::Payment),
            None => ("purchase", Command::Prepaid, Asked::Purchase),
        };
        let (outcome, exchange) = self.transact(name, purchase, command, Some(rupiah::whole(purchase.cost)), now).await;
        (outcome.of_purchase(|status, body| map::answer(asked, &about(purchase), status, body)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let (command, most) = match query.category.is_bill() {
            true => (Command::BillStatus, None),
            false => (Command::Prepaid, Some(NOTHING_TO_PAY)),
        };
        let age = now.signed_duration_since(query.reference.minted_at(now));
        if command == Command::Prepaid && age > ASKED_FOR {
            return self.unasked("not asked: it is so old that asking would buy it anew", now);
        }
        let (outcome, exchange) = self.transact("status", query, command, most, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Question, &about(query), status, body)), exchange)
    }

    async fn inquire_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        if !bill::can_ask(query) {
            return None;
        }
        let asked = Purchase {
            reference: query.reference.clone(),
            code: query.code.clone(),
            target: query.target.clone(),
            cost: Money::zero(domain::Currency::Idr),
            category: query.category,
            bill: None,
        };
        let (outcome, exchange) = self.transact("inquire-bill", &asked, Command::InquireBill, None, now).await;
        let read = |status, body: &[u8]| bill::read(&about(&asked), query.months, status, body, now);
        Some((outcome.of_inquiry(read), exchange))
    }

    /// Both lists or none: half a list would switch the other half off.
    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let mut lines = Vec::new();
        for list in LISTS {
            let body = self.read("price-list", "/price-list", sign::PRICE_LIST, list, now).await?;
            lines.extend(read_list(&body)?);
        }
        let list = listing::read(&self.id, lines);
        list.checked(&self.id)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        let body = self.read("balance", "/cek-saldo", sign::BALANCE, "deposit", now).await?;
        read_balance(&body)
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw)
    }

    /// Any 2xx stops them; specified by us, as their documents name no other.
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

fn about(purchase: &Purchase) -> About<'_> {
    About { reference: &purchase.reference, code: Some(&purchase.code), category: Some(purchase.category) }
}

/// A player's parts are joined by a dot (`allow_dot`, Digiflazz docs) or by nothing; which sellers want what, they do not say.
fn target(category: Category, target: &Private, dot: bool) -> String {
    let between = if dot { "." } else { "" };
    if category == Category::Game { target.expose().replace('|', between) } else { target.expose().to_owned() }
}

/// What is left of our deposit; instead of it, a refusal.
fn read_balance(body: &Bytes) -> Result<Money, ReadFailed> {
    let data = wire::data(body).map_err(doubtful)?;
    match wire::read::<Balance>(data) {
        Ok(balance) => rupiah::money(&balance.deposit).ok_or_else(|| doubtful(Doubt::BadPrice)),
        Err(_) => Err(refused(body)),
    }
}

/// The lines of a list; instead of them, a refusal.
fn read_list(body: &Bytes) -> Result<Vec<Value>, ReadFailed> {
    let data = wire::data(body).map_err(doubtful)?;
    serde_json::from_str(data.get()).map_err(|_no_list| refused(body))
}

/// Why something could not be read.
fn refused(body: &Bytes) -> ReadFailed {
    let Ok(said) = wire::data(body).and_then(wire::read::<Said>) else { return doubtful(Doubt::Unreadable) };
    let code = word(&said.rc);
    match meaning(&said.rc) {
        Some(Meaning::Declined(Cause::Account)) => ReadFailed::Unauthorised(code),
        Some(Meaning::Declined(Cause::Busy)) => ReadFailed::Busy(code),
        Some(_) => doubtful(Doubt::OutOfPlace(code)),
        None => doubtful(Doubt::UnknownCode(code)),
    }
}

fn doubtful(doubt: Doubt) -> ReadFailed {
    ReadFailed::Unavailable(doubt.to_string())
}

#[cfg(test)]
mod tests {
    use domain::Currency;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &'static str) -> Result<usize, ReadFailed> {
        read_list(&Bytes::from_static(text.as_bytes())).map(|lines| lines.len())
    }

    #[test]
    fn a_list_is_a_list_and_a_refusal_says_why() {
        assert_eq!(read(r#"{"data":[{},1]}"#), Ok(2));
        assert_eq!(read(r#"{"data":{"rc":"41","message":"x"}}"#), Err(ReadFailed::Unauthorised("41".to_owned())));
        assert_eq!(read(r#"{"data":{"rc":"83"}}"#), Err(ReadFailed::Busy("83".to_owned())));
        for text in [r#"{"data":{"rc":"86"}}"#, r#"{"data":{"rc":"?!"}}"#, r#"{"data":7}"#, "[]", "<html>"] {
            assert!(matches!(read(text), Err(ReadFailed::Unavailable(_))), "{text}");
        }
    }

    #[test]
    fn a_balance_is_read_in_every_form_and_a_refusal_says_why() {
        let read = |text: &str| read_balance(&Bytes::copy_from_slice(text.as_bytes()));
        let balance = Money::from_units(1_234_567, Currency::Idr).unwrap();
        for text in [r#"{"data":{"deposit":1234567}}"#, r#"{"data":{"deposit":"1.234.567","rc":"00"}}"#] {
            assert_eq!(read(text), Ok(balance), "{text}");
        }
        assert_eq!(read(r#"{"data":{"rc":"45"}}"#), Err(ReadFailed::Unauthorised("45".to_owned())));
        for text in [
            r#"{"data":{"deposit":1.5}}"#,
            r#"{"data":{"deposit":-1}}"#,
            r#"{"data":{"rc":"00"}}"#,
            r#"{"deposit":1}"#,
            "",
        ] {
            assert!(matches!(read(text), Err(ReadFailed::Unavailable(_))), "{text}");
        }
    }

    #[test]
    fn a_players_parts_are_joined_and_nothing_else_is() {
        assert_eq!(target(Category::Game, &Private::new("156378300|8483"), true), "156378300.8483");
        assert_eq!(target(Category::Game, &Private::new("156378300|8483"), false), "1563783008483");
        assert_eq!(target(Category::Airtime, &Private::new("081234567890"), true), "081234567890");
    }

    /// A code of theirs, or another text.
    const TEXTS: &str = "00|41|45|83|[0-9]{2}|Gagal|Rp[0-9.]{1,9}";

    proptest! {
        #[test]
        fn any_bytes_are_no_balance_and_no_list(body in any::<Vec<u8>>()) {
            let body = Bytes::from(body);
            prop_assert!(matches!(read_balance(&body), Err(ReadFailed::Unavailable(_))));
            prop_assert!(matches!(read_list(&body), Err(ReadFailed::Unavailable(_))));
        }

        #[test]
        fn any_data_is_a_balance_a_list_or_none(data in supplier_lab::any_json(TEXTS, "rc|status|deposit")) {
            let body = Bytes::from(json!({ "data": data }).to_string());
            if let Ok(balance) = read_balance(&body) {
                prop_assert!(data.get("deposit").is_some() && balance.whole_units().is_ok(), "{}", data);
            }
            prop_assert_eq!(read_list(&body).is_ok(), data.is_array());
            for failed in [read_balance(&body).err(), read_list(&body).err()].into_iter().flatten() {
                let code = data.get("rc").and_then(Value::as_str);
                let may_be = match failed {
                    ReadFailed::Unavailable(_) => true,
                    ReadFailed::Unauthorised(_) => code.and_then(meaning) == Some(Meaning::Declined(Cause::Account)),
                    ReadFailed::Busy(_) => code.and_then(meaning) == Some(Meaning::Declined(Cause::Busy)),
                };
                prop_assert!(may_be, "{}", data);
            }
        }
    }
}
