//! The payment methods of the AIO page: what each takes, how long its code lives, how late its money is known (ECPay AIO docs,
//! AioCheckOut; ECPay's published rates page and its support page on payment status). Not here: their form fields.

use chrono::TimeDelta;
use domain::{Currency, Money};
use ports::gateway::{CheckoutRefused, Method};

/// How a method is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// On ECPay's page; the browser comes back with the result.
    Page,
    /// A transfer to an account.
    Account,
    /// A number for a store's machine.
    StoreCode,
    Barcodes,
    /// The customer chooses on ECPay's page.
    Any,
}

/// One method.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// Our name of it.
    pub name: &'static str,
    /// `ChoosePayment`.
    pub choose: &'static str,
    pub how: How,
    /// Whole TWD of one order.
    min: i64,
    max: i64,
    lag: TimeDelta,
    code_life: Option<TimeDelta>,
}

/// A code lives about a day, the least ECPay can do for accounts and barcodes: what it pays is bought at the price agreed when it
/// was issued, and suppliers change theirs a few times a day. `ExpireDate` of an account and `StoreExpireDate` of barcodes, days.
pub const CODE_DAYS: i64 = 1;
/// The same in minutes: `StoreExpireDate` of a store's code.
pub const CODE_MINUTES: i64 = 1_440;
/// An account may be paid until the end of the last day in Taipei: counted from the page, two days less a moment. Barcodes name a
/// time, and are held to the same.
const DAY_CODE_LIFE: TimeDelta = TimeDelta::days(CODE_DAYS + 1);
const STORE_CODE_LIFE: TimeDelta = TimeDelta::minutes(CODE_MINUTES);
/// Where the customer chooses, `StoreExpireDate` cannot be sent, because it counts minutes for one kind and days for the
/// other. ECPay's seven days hold then, to the end of the last.
const CHOSEN_CODE_LIFE: TimeDelta = TimeDelta::days(8);

/// A status may take so long to be right: cards and WebATM; accounts and store codes; barcodes. Nothing is published for Apple
/// Pay and TWQR: the first is a card, the second is paid on the page like one.
const PAGE_LAG: TimeDelta = TimeDelta::minutes(30);
pub const CODE_LAG: TimeDelta = TimeDelta::days(1);
pub const BARCODE_LAG: TimeDelta = TimeDelta::days(3);

/// Ranges are the published ones. None is published for WebATM, Apple Pay and TWQR: the card's is taken, and an account with
/// others says so in `METHODS` or on its page.
const CARD: (i64, i64) = (5, 199_999);

const fn page(name: &'static str, choose: &'static str) -> Spec {
    Spec { name, choose, how: How::Page, min: CARD.0, max: CARD.1, lag: PAGE_LAG, code_life: None }
}

/// The customer's own choice among the others; its range and times follow from theirs.
const ALL: &str = "all";

/// In the order in which they are offered.
pub static SPECS: [Spec; 8] = [
    page("credit", "Credit"),
    Spec {
        name: "atm",
        choose: "ATM",
        how: How::Account,
        min: 11,
        max: 49_999,
        lag: CODE_LAG,
        code_life: Some(DAY_CODE_LIFE),
    },
    Spec {
        name: "cvs",
        choose: "CVS",
        how: How::StoreCode,
        min: 33,
        max: 6_000,
        lag: CODE_LAG,
        code_life: Some(STORE_CODE_LIFE),
    },
    Spec {
        name: "barcode",
        choose: "BARCODE",
        how: How::Barcodes,
        min: 17,
        max: 20_000,
        lag: BARCODE_LAG,
        code_life: Some(DAY_CODE_LIFE),
    },
    page("webatm", "WebATM"),
    page("applepay", "ApplePay"),
    page("twqr", "TWQR"),
    Spec {
        name: ALL,
        choose: "ALL",
        how: How::Any,
        min: CARD.0,
        max: CARD.1,
        lag: BARCODE_LAG,
        code_life: Some(CHOSEN_CODE_LIFE),
    },
];

impl Spec {
    fn takes(&self, units: i64) -> bool {
        (self.min..=self.max).contains(&units)
    }
}

/// The methods of one installation.
#[derive(Debug, Clone)]
pub struct Methods(pub Vec<&'static Spec>);

impl Methods {
    /// Names separated by commas, or what is wrong with them. Nothing at all means every method.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| SPECS.iter().all(|spec| spec.name != *name)) {
            return Err("must be a list of credit, atm, cvs, barcode, webatm, applepay, twqr, all");
        }
        Ok(Self(SPECS.iter().filter(|spec| names.is_empty() || names.contains(&spec.name)).collect()))
    }

    /// What the customer chooses from behind [`ALL`]: the methods offered beside it, or every one where it is offered alone.
    fn behind_all(&self) -> Vec<&'static Spec> {
        let single =
            |all: &[&'static Spec]| all.iter().copied().filter(|spec| spec.how != How::Any).collect::<Vec<_>>();
        let own = single(&self.0);
        if own.is_empty() { single(&SPECS.iter().collect::<Vec<_>>()) } else { own }
    }

    /// What takes an amount, as the port names it.
    pub fn offered(&self, amount: Money) -> Vec<Method> {
        let fits = |spec: &&&'static Spec| self.units(spec, amount).is_ok();
        self.0.iter().filter(fits).map(|spec| self.method(spec)).collect()
    }

    /// The longest of what stands behind it, for the customer may choose that.
    fn method(&self, spec: &'static Spec) -> Method {
        let (mut code_life, mut lag) = (spec.code_life, spec.lag);
        if spec.how == How::Any {
            let behind = self.behind_all();
            let in_stores = behind.iter().any(|one| matches!(one.how, How::StoreCode | How::Barcodes));
            code_life = code_life.filter(|_| in_stores).max(behind.iter().filter_map(|one| one.code_life).max());
            lag = behind.iter().map(|one| one.lag).max().unwrap_or(lag);
        }
        Method { name: spec.name.to_owned(), code_life, lag }
    }

    pub fn named(&self, name: &str) -> Result<&'static Spec, CheckoutRefused> {
        self.0.iter().copied().find(|spec| spec.name == name).ok_or(CheckoutRefused::UnknownMethod)
    }

    /// Checks the amount of a payment and gives it in whole TWD.
    pub fn units(&self, spec: &'static Spec, amount: Money) -> Result<i64, CheckoutRefused> {
        let not_whole = || CheckoutRefused::NotWhole(Currency::Twd);
        if amount.currency() != Currency::Twd {
            return Err(not_whole());
        }
        let units = amount.whole_units().ok().ok_or_else(not_whole)?;
        let behind = if spec.how == How::Any { self.behind_all() } else { vec![spec] };
        if behind.iter().any(|one| one.takes(units)) {
            return Ok(units);
        }
        let twd = |units: i64| Money::from_minor(units * Currency::Twd.minor_per_unit(), Currency::Twd);
        let min = behind.iter().map(|one| one.min).min().unwrap_or(spec.min);
        let max = behind.iter().map(|one| one.max).max().unwrap_or(spec.max);
        Err(CheckoutRefused::AmountOutOfRange { min: twd(min), max: twd(max) })
    }

    /// `IgnorePayment`: what ECPay's page must not offer for this amount where the customer chooses. Two that it has and we do not
    /// are always there: their answers are not read here.
    pub fn ignored(&self, units: i64) -> String {
        let behind = self.behind_all();
        let kept = |spec: &Spec| behind.iter().any(|one| one.name == spec.name) && spec.takes(units);
        let single = SPECS.iter().filter(|spec| spec.how != How::Any);
        let ours = single.filter(|spec| !kept(spec)).map(|spec| spec.choose);
        ours.chain(["WeiXin", "BNPL"]).collect::<Vec<_>>().join("#")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twd(units: i64) -> Money {
        Money::from_units(units, Currency::Twd).unwrap()
    }

    fn names(methods: &str, units: i64) -> String {
        let all = Methods::parse(methods).unwrap().offered(twd(units));
        all.iter().map(|method| method.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn methods_are_offered_by_amount() {
        assert_eq!(names("", 4), "");
        assert_eq!(names("", 5), "credit webatm applepay twqr all");
        assert_eq!(names("", 11), "credit atm webatm applepay twqr all");
        assert_eq!(names("", 16), "credit atm webatm applepay twqr all");
        assert_eq!(names("", 17), "credit atm barcode webatm applepay twqr all");
        assert_eq!(names("", 33), "credit atm cvs barcode webatm applepay twqr all");
        assert_eq!(names("", 6_000), names("", 33));
        assert_eq!(names("", 6_001), names("", 17));
        assert_eq!(names("", 20_001), names("", 11));
        assert_eq!(names("", 50_000), names("", 5));
        assert_eq!(names("", 199_999), names("", 5));
        assert_eq!(names("", 200_000), "");
    }

    #[test]
    fn an_installation_offers_what_it_says_and_its_choice_is_among_that() {
        assert_eq!(names("cvs, credit", 100), "credit cvs");
        assert_eq!(names("cvs,all", 10), "", "nothing behind the choice takes it");
        assert_eq!(names("cvs,all", 33), "cvs all");
        assert_eq!(names("all", 5), "all");
        assert!(Methods::parse("credit,paypal").is_err() && Methods::parse("Credit").is_err());
        let choice = Methods::parse("cvs,all").unwrap();
        let refused = choice.units(choice.named("all").unwrap(), twd(10));
        assert_eq!(refused, Err(CheckoutRefused::AmountOutOfRange { min: twd(33), max: twd(6_000) }));
    }

    #[test]
    fn a_choice_lasts_as_long_as_the_longest_that_may_be_chosen() {
        let times = |methods: &str| {
            let offered = Methods::parse(methods).unwrap().offered(twd(100));
            let all = offered.into_iter().find(|method| method.name == "all").unwrap();
            (all.code_life.map(|life| life.num_days()), all.lag.num_minutes())
        };
        assert_eq!(times(""), (Some(8), 3 * 24 * 60));
        assert_eq!(times("credit,twqr,all"), (None, 30));
        assert_eq!(times("credit,atm,all"), (Some(2), 24 * 60));
        assert_eq!(times("cvs,all"), (Some(8), 24 * 60));
    }

    #[test]
    fn the_page_hides_what_does_not_take_the_amount_or_is_not_offered() {
        let ignored = |methods: &str, units| Methods::parse(methods).unwrap().ignored(units);
        assert_eq!(ignored("", 100), "WeiXin#BNPL");
        assert_eq!(ignored("", 10), "ATM#CVS#BARCODE#WeiXin#BNPL");
        assert_eq!(ignored("credit,all", 100), "ATM#CVS#BARCODE#WebATM#ApplePay#TWQR#WeiXin#BNPL");
        assert!(ignored("credit,all", 100).len() <= 100, "the field's length");
    }
}
