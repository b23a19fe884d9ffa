//! A supplier in memory, which breaks one rule.

use std::sync::Arc;

use async_trait::async_trait;
use domain::catalogue::{Category, Offer, Product};
use domain::fulfilment::{Answer, Cause, StatusTrust};
use domain::supply::DailyWindow;
use domain::{Account, Currency, Moment, Money, Private, SupplierId};

use super::broken::Broken;
use super::world::{Bought, Memory, SECOND_SECRET, SECRET, TOKEN, idr, signature};
use crate::bill::{BillAnswer, BillQuery};
use crate::conformance::supplier::{Situation, Turn, Word};
use crate::exchange::{Exchange, Sent};
use crate::inquiry::{Finding, Inquiry};
use crate::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};
use crate::supplier::{Listing, Proof, Purchase, ReadFailed, Supplier, SupplierNotice};

pub struct Fake {
    pub id: SupplierId,
    pub account: Account,
    pub situation: Situation,
    pub memory: Arc<Memory>,
}

const OLD: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

impl Fake {
    pub(super) fn breaks(&self, broken: Broken) -> bool {
        self.memory.broken == broken
    }

    pub(super) fn exchange(&self, answered: Sent, more: &str) -> Exchange {
        let sent = if self.situation == Situation::Unreachable { Sent::No } else { answered };
        let request = if self.breaks(Broken::LeaksTheKey) { SECRET } else { more };
        Exchange {
            provider: "fake".to_owned(),
            call: "top-up",
            at: self.memory.now(),
            elapsed_ms: 1,
            sent,
            request: request.to_owned(),
            status: (sent == Sent::Replied).then_some(200),
            busy: self.situation == Situation::StatusThrottled && !self.breaks(Broken::HidesThatItIsBusy),
            response: String::new(),
        }
    }

    pub(super) fn say(&self, word: Word, price: Option<Money>, serial: Option<String>) -> (Answer, Exchange) {
        let code = "1".to_owned();
        let serial = serial.map(Private::new);
        let answer = match word {
            Word::Delivered => Answer::Delivered { serial, price, supplier_ref: None },
            Word::Pending => Answer::Pending { supplier_ref: None, price },
            Word::Refused(cause) => Answer::Refused { cause, code },
            Word::Failed(cause) => Answer::Failed { cause, code },
            Word::Unclear => Answer::Unclear { why: "silence".to_owned() },
            Word::NotFound => Answer::NotFound,
        };
        let sent = if word == Word::Unclear { Sent::Maybe } else { Sent::Replied };
        (answer, self.exchange(sent, "***"))
    }

    fn about(&self, purchase: &Purchase, (answer, mut exchange): (Answer, Exchange)) -> (Answer, Exchange) {
        if self.memory.is.names_reference && exchange.sent == Sent::Replied {
            purchase.reference.as_str().clone_into(&mut exchange.response);
        }
        (answer, exchange)
    }

    fn bought_as(&self, right: Word) -> Word {
        use Situation as S;
        match (self.memory.broken, right, self.situation) {
            (Broken::UnclearIsFailed, Word::Unclear, _) => Word::Failed(Cause::Supplier),
            (Broken::UnclearIsRefused, Word::Unclear, _) => Word::Refused(Cause::Supplier),
            (Broken::RoundsFractions, _, S::PriceWithFraction)
            | (Broken::BelievesContradictions, _, S::ContradictoryWords)
            | (Broken::IgnoresTheGuard, _, S::PriceGuard) => Word::Pending,
            (Broken::IsStrictAboutFields, _, S::UnknownFields) => Word::Unclear,
            (Broken::EveryRefusalIsTheSuppliers, Word::Refused(cause), _) if cause != Cause::NotFormed => {
                Word::Refused(Cause::Supplier)
            }
            _ => right,
        }
    }

    fn told_as(&self, right: Word, bought: &Bought) -> Word {
        use Situation as S;
        let recovered = bought.turns.contains(&Turn::Recovers);
        match (self.memory.broken, right, self.situation) {
            (Broken::UnclearStatusIsNotFound, Word::Unclear, _) => Word::NotFound,
            (Broken::ForgetsARefusal, Word::NotFound, S::RefusedUnknownProduct | S::RefusedThenAsked)
                if bought.asked > 1 =>
            {
                Word::Pending
            }
            (Broken::NeverHearsOfRefusals, _, S::RefusedInStatusOnly) => Word::Pending,
            (Broken::TurnedAwayIsFailed, _, S::StatusCredentials | S::StatusThrottled) => Word::Failed(Cause::Supplier),
            (Broken::FailedIsFinal, _, S::LateSuccess) if recovered => Word::Failed(Cause::Supplier),
            (Broken::HidesWhatIsNotFound, _, S::NotFoundOfAFormedOne) => Word::Unclear,
            _ => right,
        }
    }

    /// What is told of a price and a serial when goods were delivered or are on their way.
    fn details(&self, purchase: &Purchase, bought: &Bought) -> (Option<Money>, Option<String>) {
        use Situation as S;
        let written_oddly = matches!(self.situation, S::PriceWithDots | S::PriceWithRp);
        let price = match self.memory.broken {
            Broken::TellsTheListsPrice => Some(purchase.cost),
            Broken::ReadsNoPrice if written_oddly => None,
            _ => bought.truth.price,
        };
        let given = bought.truth.serial.clone();
        let serial = match (self.situation, self.memory.broken) {
            (_, Broken::MakesUpSerials) => Some("ANOTHER-1".to_owned()),
            (S::SerialLater, Broken::TellsASerialTooEarly) => given,
            (S::SerialLater, Broken::NeverTellsTheSerial) => None,
            (S::SerialLater, _) => given.filter(|_| bought.turns.contains(&Turn::NextDay)),
            (S::SerialOfTwoParts, Broken::LosesThePin) => given,
            (S::SerialOfTwoParts, _) => {
                given.zip(bought.truth.pin.as_ref()).map(|(code, pin)| format!("{code} PIN {pin}"))
            }
            (S::PlnTokenTooShort, Broken::HalfATokenIsOne) => given,
            (S::PlnTokenTooShort, _) => None,
            _ => given,
        };
        (price, serial)
    }
}

#[async_trait]
impl Supplier for Fake {
    fn id(&self) -> &SupplierId {
        &self.id
    }
    fn account(&self) -> &Account {
        &self.account
    }
    fn trust(&self) -> StatusTrust {
        let absence = !self.breaks(Broken::TrustsAbsenceOtherwise);
        StatusTrust { absence, game_codes: true, request_timeout: chrono::TimeDelta::seconds(1) }
    }
    fn asking_may_buy(&self) -> bool {
        self.memory.is.asking_may_buy || self.breaks(Broken::SaysThatAskingBuys)
    }
    async fn purchase(&self, purchase: &Purchase, _now: Moment) -> (Answer, Exchange) {
        let must = self.situation.must(&self.memory.is);
        let told = self.memory.on(&purchase.reference, |bought| {
            if purchase.bill.is_some() {
                return self.pay(bought);
            }
            let sends = if self.breaks(Broken::SendsTwice) { 2 } else { 1 };
            bought.truth.requests += if must.requests == 0 { 0 } else { sends };
            let busy = matches!(self.situation, Situation::Throttled | Situation::Maintenance | Situation::CutOff);
            bought.truth.formed = must.formed.unwrap_or(u32::from(busy && self.breaks(Broken::FormsWhileBusy)));
            if bought.truth.formed > 0 {
                bought.form(self.situation, purchase.cost);
                if !self.breaks(Broken::BalanceStandsStill) {
                    self.memory.take(purchase.cost);
                }
            }
            let (price, serial) = self.details(purchase, bought);
            self.say(self.bought_as(must.buy[0]), price, serial)
        });
        self.about(purchase, told)
    }
    async fn status(&self, query: &Purchase, _now: Moment) -> (Answer, Exchange) {
        let must = self.situation.must(&self.memory.is);
        let told = self.memory.on(&query.reference, |bought| {
            if let Some(situation) = bought.bill {
                return self.paid(situation);
            }
            bought.asked += 1;
            let then = must.then.filter(|(turn, _)| bought.turns.contains(turn)).map(|(_, words)| words[0]);
            let mut word = self.told_as(then.unwrap_or(must.status[must.status.len() - 1]), bought);
            let never_sent = self.situation == Situation::AskingNeverBuys;
            if self.breaks(Broken::BuysByAsking) && never_sent {
                bought.truth.requests += 1;
                bought.truth.formed += 1;
            } else if self.buys_by_asking(word) {
                // As one that has no other question: it buys what it did not know.
                bought.truth.requests += 1;
                bought.truth.formed = 1;
                word = Word::Pending;
            }
            let (price, serial) = self.details(query, bought);
            self.say(word, price, serial)
        });
        self.about(query, told)
    }
    async fn price_list(&self, now: Moment) -> Result<Vec<Listing>, ReadFailed> {
        self.balance(now).await?;
        let spoiled = matches!(self.situation, Situation::ListHuge | Situation::ListEmpty);
        if spoiled && !self.breaks(Broken::ReadsWhateverComes) {
            return Err(ReadFailed::Unavailable("no list".to_owned()));
        }
        let line = |code: &str, minor: i64, active: bool| {
            let id: domain::ProductId = format!("pulsa-{code}").parse().unwrap();
            let cost = if self.breaks(Broken::MisreadsPrices) { idr(minor * 10) } else { idr(minor) };
            let active = active || self.breaks(Broken::SellsWhatIsOff);
            let closed = DailyWindow::of_minutes(23 * 60, 60).ok();
            let (code, supplier) = (code.to_owned(), self.id.clone());
            let offer = Offer { product: id.clone(), supplier, code, cost, active, closed };
            let product = Product { id, category: Category::Airtime, brand: "X".to_owned(), name: "X 1".to_owned() };
            Listing { product, offer }
        };
        let mut lines = vec![line("x2", 200, false), line("x1", 100, true)];
        if self.breaks(Broken::LosesLines) {
            lines.truncate(1);
        }
        if self.breaks(Broken::InventsPrices) {
            lines.push(line("x3", 300, true));
        }
        Ok(lines)
    }
    async fn balance(&self, _now: Moment) -> Result<Money, ReadFailed> {
        match self.situation {
            Situation::Unreachable => Err(ReadFailed::Unavailable("refused".to_owned())),
            Situation::RefusedCredentials if self.breaks(Broken::CannotTellStrangers) => {
                Err(ReadFailed::Unavailable("refused".to_owned()))
            }
            Situation::RefusedCredentials => Err(ReadFailed::Unauthorised("refused".to_owned())),
            Situation::RefusedLowDeposit => Ok(Money::zero(Currency::Idr)),
            _ => Ok(self.memory.deposit()),
        }
    }
    fn answers(&self, inquiry: &Inquiry) -> bool {
        matches!(inquiry, Inquiry::Operator { .. })
    }
    async fn inquire(&self, inquiry: &Inquiry, now: Moment) -> Result<Finding, ReadFailed> {
        let Inquiry::Operator { number } = inquiry else { return Ok(Finding::NotOffered) };
        match self.balance(now).await {
            Err(_) if self.breaks(Broken::SilenceIsAWrongNumber) => Ok(Finding::NoSuchTarget),
            Err(away) => Err(away),
            Ok(_) if number.expose() == "081234567890" => Ok(Finding::Operator("telkomsel".to_owned())),
            Ok(_) => Ok(Finding::NoSuchTarget),
        }
    }
    async fn inquire_bill(&self, query: &BillQuery, now: Moment) -> Option<(BillAnswer, Exchange)> {
        Some(self.owed(query, now))
    }
    fn verify_notice(&self, kind: &str, raw: &RawNotice, now: Moment) -> Result<SupplierNotice, NoticeRejected> {
        use secrecy::ExposeSecret;
        if raw.body.first() == Some(&b'x') && self.breaks(Broken::ReadsWhateverComes) {
            return self.read("AAAAAAAAAAAAAAAAAAAA", "delivered", kind);
        }
        let text = std::str::from_utf8(&raw.body).map_err(|_utf8| NoticeRejected::Malformed)?;
        let parts: Vec<&str> = text.split('|').collect();
        let [reference, says, at, sign] = parts[..] else { return Err(NoticeRejected::Malformed) };
        let at: i64 = at.parse().map_err(|_number| NoticeRejected::Malformed)?;
        let signed = [SECRET, SECOND_SECRET]
            .iter()
            .filter(|secret| **secret == SECRET || !self.breaks(Broken::KnowsOneSecret))
            .any(|secret| sign == signature(secret, reference, says, at));
        let young = now.timestamp() - at <= OLD.num_seconds() || self.breaks(Broken::BelievesTheOld);
        let token = raw.token.as_ref().map(|token| token.expose_secret());
        let here = token == Some("door") || self.breaks(Broken::BelievesAnyAddress);
        if kind != "status" || !here || !(signed && young || self.breaks(Broken::BelievesAnybody)) {
            return Err(NoticeRejected::BadSignature);
        }
        self.read(reference, says, kind)
    }
    fn notice_reply(&self, outcome: NoticeOutcome) -> NoticeReply {
        let stop = outcome == NoticeOutcome::Stored || self.breaks(Broken::TellsEverybodyToStop);
        NoticeReply { status: if stop { 200 } else { 500 }, content_type: "text/plain", body: String::new() }
    }
}

impl Fake {
    fn buys_by_asking(&self, said: Word) -> bool {
        let hidden = self.situation == Situation::NotFoundOfAFormedOne;
        self.memory.is.asking_may_buy && said == Word::NotFound && !hidden
    }

    fn read(&self, reference: &str, says: &str, kind: &str) -> Result<SupplierNotice, NoticeRejected> {
        let claims = match says {
            "delivered" => self.say(Word::Delivered, None, Some("SN-12345".to_owned())).0,
            "failed" => self.say(Word::Failed(Cause::Supplier), None, None).0,
            _ => return Err(NoticeRejected::Malformed),
        };
        let key = match self.memory.broken {
            Broken::KeyOfTheMoment => format!("fake:{reference}:{says}:{}", self.memory.count()),
            Broken::OneKeyForAll => format!("fake:{reference}"),
            _ => format!("fake:{reference}:{says}"),
        };
        let (provider, kind) = ("fake".to_owned(), kind.to_owned());
        let record = NoticeRecord { key, provider, kind, body: String::new() };
        let reference = reference.parse().map_err(|_id| NoticeRejected::Malformed)?;
        let proves = if self.breaks(Broken::ProvesLess) { Proof::Reference } else { Proof::Outcome };
        Ok(SupplierNotice { reference, claims, proves, record })
    }
}

/// What that situation gives its customer: a serial and perhaps a pin.
pub fn given(situation: Situation) -> (String, Option<String>) {
    match situation {
        Situation::SerialOfTwoParts => ("SN-12345".to_owned(), Some("777888".to_owned())),
        Situation::PlnToken => (TOKEN.to_owned(), None),
        Situation::PlnTokenTooShort => (TOKEN.chars().skip(1).collect(), None),
        _ => ("SN-12345".to_owned(), None),
    }
}
