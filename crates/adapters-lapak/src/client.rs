//! Sends Lapak's calls, one request each, and hands the replies to `map` and `listing`. No rule is decided here.

use std::sync::{Arc, Mutex, PoisonError};

use adapters_kit::{BODY_CAP, Http, LIST_CAP, Method, Outcome, PublicUrls, Request, plain_reply, rupiah};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::catalogue::Category;
use domain::fulfilment::{Answer, StatusTrust};
use domain::{Account, Moment, Money, Private, Reference, SupplierId};
use ports::Exchange;
use ports::inquiry::{Finding, Inquiry};
use ports::notice::{NoticeOutcome, NoticeRejected, NoticeReply, RawNotice};
use ports::settings::{BadSetting, RawSettings};
use ports::supplier::{Listing, Purchase, ReadFailed, StatusQuery, Supplier, SupplierNotice};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::error::Doubt;
use crate::inquiry::{doubtful, said};
use crate::listing::Categories;
use crate::map::{self, Asked};
use crate::notice::ORDER;
use crate::reads::Reads;
use crate::wire::{self, BalanceData, CategoriesData, Order, ProductsData};
use crate::{inquiry, listing, notice, sign};

/// How long categories are good for player checks: as long as a price list is.
const CATEGORIES_LIFE: TimeDelta = TimeDelta::minutes(15);
/// After categories could not be read, player checks do not read them for so long: of the few reads that are allowed, a price list needs
/// two.
const READ_PAUSE: TimeDelta = TimeDelta::seconds(5);
/// Of a private value that is looked for everywhere: a shorter one stands in every text by chance.
const SHORTEST_PART: usize = 4;

struct Lapak {
    id: SupplierId,
    config: Config,
    urls: PublicUrls,
    http: Http,
    /// Those read last, and when. Which game is asked about by which code stands nowhere else.
    categories: Mutex<Option<(Moment, Arc<Categories>)>>,
    /// When a player check could not read them last.
    unread: Mutex<Option<Moment>>,
    reads: Reads,
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
    let (categories, unread) = (Mutex::new(None), Mutex::new(None));
    Ok(Arc::new(Lapak { id, config, urls: urls.clone(), http, categories, unread, reads: Reads::default() }))
}

/// One call: a body is posted, without one it is a question.
struct Call<'a> {
    name: &'static str,
    path: &'a str,
    body: Vec<u8>,
    cap: usize,
    /// What is private in it.
    private: Vec<SecretString>,
}

impl<'a> Call<'a> {
    fn get(name: &'static str, path: &'a str, cap: usize) -> Self {
        Self { name, path, body: Vec::new(), cap, private: Vec::new() }
    }
}

impl Lapak {
    async fn call(&self, call: Call<'_>, now: Moment) -> (Outcome, Exchange) {
        let posted = !call.body.is_empty();
        let bearer = SecretString::from(format!("Bearer {}", self.config.api_key.expose_secret()));
        let request = Request {
            provider: self.id.as_str(),
            call: call.name,
            method: if posted { Method::Post } else { Method::Get },
            url: &format!("{}{}", self.config.base_url, call.path),
            headers: vec![("authorization", bearer)],
            content_type: posted.then_some("application/json"),
            body: call.body,
            deadline: self.config.timeout,
            body_cap: call.cap,
            redactor: &self.config.redactor(call.private),
        };
        self.http.call(request, now).await
    }

    /// Where Lapak tells of this order. Its end is secret: whoever knows it can speak about the order.
    fn callback(&self, reference: &Reference) -> Option<(String, SecretString)> {
        let token = sign::token(self.config.callback.all().first()?, reference);
        let url = format!("{}/{token}?ref={reference}", self.urls.webhook(self.id.as_str(), ORDER));
        Some((url, SecretString::from(token)))
    }

    async fn data<T: DeserializeOwned>(&self, call: Call<'_>, now: Moment) -> Result<T, ReadFailed> {
        let (http, body) = self.call(call, now).await.0.of_reading()?;
        read_data(http, &body)
    }

    /// What there is to sell, or a part of it.
    async fn products<T: DeserializeOwned>(
        &self,
        name: &'static str,
        path: &str,
        now: Moment,
    ) -> Result<T, ReadFailed> {
        if !self.reads.take(now) {
            return Err(ReadFailed::Unavailable("its products were read too often a moment ago".to_owned()));
        }
        self.data(Call::get(name, path, LIST_CAP), now).await
    }

    async fn read_categories(&self, now: Moment) -> Result<Arc<Categories>, ReadFailed> {
        let path = format!("/api/category?country_code={}", wire::COUNTRY);
        let lines: CategoriesData = self.products("category", &path, now).await?;
        let categories = Arc::new(Categories::read(lines.categories));
        if categories.is_empty() {
            return Err(ReadFailed::Unavailable("there is no category we can read".to_owned()));
        }
        *self.categories.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&categories)));
        Ok(categories)
    }

    fn remembered(&self, now: Option<Moment>) -> Option<Arc<Categories>> {
        let remembered = self.categories.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (at, categories) = remembered?;
        now.is_none_or(|now| now < at + CATEGORIES_LIFE).then_some(categories)
    }

    /// For a player check, which may come as often as customers like.
    async fn read_seldom(&self, now: Moment) -> Result<Arc<Categories>, ReadFailed> {
        let unread = *self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if unread.is_some_and(|at| now < at + READ_PAUSE) {
            return Err(ReadFailed::Unavailable("the categories could not be read a moment ago".to_owned()));
        }
        let read = self.read_categories(now).await;
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = read.is_err().then_some(now);
        read
    }
}

#[async_trait]
impl Supplier for Lapak {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    fn account(&self) -> &Account {
        &self.config.account
    }

    fn trust(&self) -> StatusTrust {
        let request_timeout = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1));
        StatusTrust { absence: self.config.trust_absence, game_codes: false, request_timeout }
    }

    async fn purchase(&self, purchase: &Purchase, now: Moment) -> (Answer, Exchange) {
        let (callback_url, token) = self.callback(&purchase.reference).unwrap_or_default();
        let player = player(purchase);
        let body = wire::order(&Order {
            user_id: player.0,
            additional_id: player.1,
            code: &purchase.code,
            reference: purchase.reference.as_str(),
            price: self.config.send_price.then(|| rupiah::whole(purchase.cost)),
            callback_url: &callback_url,
            end_user_ip: self.config.end_user_ip.map(|ip| ip.to_string()),
        });
        let private = [private(&purchase.target), vec![token]].concat();
        let call = Call { name: "order", path: "/api/order", body, cap: BODY_CAP, private };
        let (outcome, exchange) = self.call(call, now).await;
        (outcome.of_purchase(|status, body| map::answer(Asked::Order, &purchase.reference, status, body)), exchange)
    }

    async fn status(&self, query: &StatusQuery, now: Moment) -> (Answer, Exchange) {
        let path = format!("/api/order_status?partner_reference_id={}", query.reference);
        let call = Call { private: private(&query.target), ..Call::get("order-status", &path, BODY_CAP) };
        let (outcome, exchange) = self.call(call, now).await;
        (outcome.of_question(|status, body| map::answer(Asked::Status, &query.reference, status, body)), exchange)
    }

    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        let categories = self.read_categories(now).await?;
        let lines: ProductsData = self.products("all-products", "/api/all-products", now).await?;
        let tells_address = self.config.end_user_ip.is_some();
        let list = listing::read(&self.id, &categories, lines.products, tells_address);
        list.checked(&self.id)
    }

    async fn balance(&self, now: Moment) -> Result<Money, ReadFailed> {
        let data: BalanceData = self.data(Call::get("balance", "/api/balance", BODY_CAP), now).await?;
        rupiah::money(&data.balance).ok_or_else(|| doubtful(Doubt::BadPrice))
    }

    /// Of a game nothing is known about yet, perhaps.
    fn answers(&self, inquiry: &Inquiry) -> bool {
        let Inquiry::GamePlayer { brand, .. } = inquiry else { return false };
        self.remembered(None).is_none_or(|categories| categories.check(brand).is_some())
    }

    async fn inquire(&self, inquiry: &Inquiry, now: Moment) -> Result<Finding, ReadFailed> {
        let Inquiry::GamePlayer { brand, id } = inquiry else { return Ok(Finding::NotOffered) };
        let categories = match self.remembered(Some(now)) {
            Some(categories) => categories,
            None => self.read_seldom(now).await?,
        };
        let Some(category) = categories.check(brand) else { return Ok(Finding::NotOffered) };
        let (user_id, additional_id) = parts(id.expose());
        let body = wire::uid_check(category, user_id, additional_id);
        let call = Call { name: "uid-check", path: "/api/uid-check", body, cap: BODY_CAP, private: private(id) };
        let (http, body) = self.call(call, now).await.0.of_reading()?;
        inquiry::read(http, &body)
    }

    fn verify_notice(&self, kind: &str, raw: &RawNotice, _now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        notice::verify(&self.id, &self.config, kind, raw)
    }

    /// Lapak wants status 200 (Lapak docs).
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        plain_reply(outcome)
    }
}

/// Who gets it: a player and a zone, or a number. A code goes to nobody, and no player is needed (Lapak docs); what
/// stands there then is our reference, lest it be refused as empty.
fn player(purchase: &Purchase) -> (&str, Option<&str>) {
    match purchase.category {
        Category::Game => parts(purchase.target.expose()),
        Category::Voucher => (purchase.reference.as_str(), None),
        Category::Airtime
        | Category::Data
        | Category::PlnToken
        | Category::EMoney
        | Category::PlnBill
        | Category::Bpjs
        | Category::Pdam
        | Category::Internet => (purchase.target.expose(), None),
    }
}

/// `156378300|8483`
fn parts(target: &str) -> (&str, Option<&str>) {
    match target.split_once('|') {
        Some((user_id, additional_id)) => (user_id, Some(additional_id)),
        None => (target, None),
    }
}

/// A target in the forms in which it may turn up: whole, in its parts, and as `62…` by what follows its zero.
fn private(target: &Private) -> Vec<SecretString> {
    let (user_id, additional_id) = parts(target.expose());
    let national = target.expose().strip_prefix('0');
    let forms = [Some(target.expose()), Some(user_id), additional_id, national].into_iter().flatten();
    forms.filter(|form| form.len() >= SHORTEST_PART).map(SecretString::from).collect()
}

fn read_data<T: DeserializeOwned>(http: u16, body: &[u8]) -> Result<T, ReadFailed> {
    let reply = inquiry::reply(http, body)?;
    if reply.code != wire::SUCCESS {
        return Err(said(&reply.code));
    }
    if http != 200 {
        return Err(doubtful(Doubt::Http(http)));
    }
    reply.data().map_err(doubtful)
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
