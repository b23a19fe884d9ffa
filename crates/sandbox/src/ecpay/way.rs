//! Ways to pay: their words, fees and limits, and the codes that three of them issue (ECPay AIO documents and rates page). Pure.

use crate::clock::{DAY_MS, taiwan, taiwan_day_end};
use crate::truth::{Code, Trade, Way};

const MINUTE_MS: i64 = 60_000;
/// Days and minutes a code lives when the form says nothing.
const ACCOUNT_DAYS: i64 = 3;
const STORE_MINUTES: i64 = 10_080;
const BARCODE_DAYS: i64 = 7;
/// A till reports to ECPay so much later.
const TILL_MS: i64 = 2 * DAY_MS;

impl Way {
    pub const ALL: [Self; 7] =
        [Self::Credit, Self::WebAtm, Self::ApplePay, Self::Twqr, Self::Atm, Self::Cvs, Self::Barcode];

    /// As `ChoosePayment` names it.
    pub fn choose(self) -> &'static str {
        match self {
            Self::Credit => "Credit",
            Self::WebAtm => "WebATM",
            Self::ApplePay => "ApplePay",
            Self::Twqr => "TWQR",
            Self::Atm => "ATM",
            Self::Cvs => "CVS",
            Self::Barcode => "BARCODE",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.choose() == word)
    }

    /// How a trade was or will be paid, as far as it says: a card where the customer may choose and has not.
    pub fn of(trade: &Trade) -> Self {
        let paid = trade.paid.map(|paid| paid.way);
        let coded = trade.code.as_ref().map(|code| code.way);
        paid.or(coded).or(Self::named(&trade.choose)).unwrap_or(Self::Credit)
    }

    /// `PaymentType` of notices and replies.
    pub fn payment_type(self) -> &'static str {
        match self {
            Self::Credit => "Credit_CreditCard",
            Self::WebAtm => "WebATM_TAISHIN",
            Self::ApplePay => "ApplePay",
            Self::Twqr => "TWQR_OPAY",
            Self::Atm => "ATM_BOT",
            Self::Cvs => "CVS_CVS",
            Self::Barcode => "BARCODE_BARCODE",
        }
    }

    /// Paid by something issued, away from the page.
    pub fn by_code(self) -> bool {
        matches!(self, Self::Atm | Self::Cvs | Self::Barcode)
    }

    /// Whole TWD of one order. Published for four; the others take the card's.
    pub fn limits(self) -> (i64, i64) {
        match self {
            Self::Credit | Self::WebAtm | Self::ApplePay | Self::Twqr => (5, 199_999),
            Self::Atm => (11, 49_999),
            Self::Cvs => (33, 6_000),
            Self::Barcode => (17, 20_000),
        }
    }

    /// ECPay's fee, whole TWD (published rates): a card's for what has none of its own.
    pub fn fee(self, amount: i64) -> i64 {
        match self {
            Self::Credit | Self::ApplePay | Self::Twqr => (amount.saturating_mul(275) / 10_000).max(5),
            Self::Atm | Self::WebAtm => (amount / 100).max(10),
            Self::Cvs => 30,
            Self::Barcode => 15,
        }
    }

    /// When ECPay hears of money paid now.
    pub fn known_ms(self, paid_ms: i64) -> i64 {
        if self == Self::Barcode { paid_ms.saturating_add(TILL_MS) } else { paid_ms }
    }

    /// Issues what the customer pays into; `None` where it is paid on the page. The trade's own number makes it unique.
    pub fn issue(self, trade: &Trade, now_ms: i64) -> Option<Code> {
        let digits = trade.trade_no.get(2..).unwrap_or(&trade.trade_no).to_owned();
        let days =
            |given: Option<i64>, usual: i64| taiwan_day_end(now_ms.saturating_add(given.unwrap_or(usual) * DAY_MS));
        // Where the customer chooses, the form's number of minutes or days is not for one kind alone.
        let store = trade.store_expire.filter(|_| trade.choose == self.choose());
        let none = || [String::new(), String::new(), String::new()];
        let code = |bank: &str, number: String, barcodes, expires_ms| Code {
            way: self,
            bank: bank.to_owned(),
            number,
            barcodes,
            expires_ms,
        };
        match self {
            Self::Credit | Self::WebAtm | Self::ApplePay | Self::Twqr => None,
            Self::Atm => Some(code("004", format!("91{digits}"), none(), days(trade.expire_days, ACCOUNT_DAYS))),
            Self::Cvs => {
                let minutes = store.unwrap_or(STORE_MINUTES);
                let expires_ms = now_ms.saturating_add(minutes * MINUTE_MS);
                Some(code("", format!("LLL{}", digits.get(3..).unwrap_or(&digits)), none(), expires_ms))
            }
            Self::Barcode => {
                let expires_ms = days(store, BARCODE_DAYS);
                let first = format!("{}6EA", taiwan(expires_ms, "%y%m%d"));
                let third = format!("{}{:09}", taiwan(now_ms, "%m%d%H"), trade.amount);
                Some(code("", String::new(), [first, format!("34{digits}"), third], expires_ms))
            }
        }
    }
}
