//! What really happened: trades and purchases, and the events that change them. The same events, as JSON lines, are the
//! truth file, so a restarted sandbox knows everything the last one knew. Plain data; `books` applies it.

use serde::{Deserialize, Serialize};

use crate::faults::Provider;
use crate::goods::Refusal;
use crate::goods::purchase::{Delivery, Purchase, PurchaseKey};

/// Trades and purchases kept; beyond it new ones are refused, so that a forgotten soak run cannot eat the machine.
pub const MAX_RECORDS: usize = 1_000_000;

/// (merchant, reference)
pub type Key = (String, String);

/// One checkout at ECPay.
#[derive(Clone, Serialize, Deserialize)]
pub struct Trade {
    pub merchant: String,
    pub reference: String,
    pub trade_no: String,
    /// Whole TWD asked for.
    pub amount: i64,
    pub item_name: String,
    pub store_id: String,
    pub custom: [String; 4],
    pub return_url: String,
    pub order_result_url: Option<String>,
    pub client_back_url: Option<String>,
    pub extra_info: bool,
    pub opened_ms: i64,
    /// `ChoosePayment` of the form.
    pub choose: String,
    /// Where the notice of a code goes.
    pub payment_info_url: Option<String>,
    /// `ExpireDate`, days; `StoreExpireDate`, minutes or days.
    pub expire_days: Option<i64>,
    pub store_expire: Option<i64>,
    /// What was issued to pay into.
    pub code: Option<Code>,
    pub paid: Option<Payment>,
    pub simulated_ms: Option<i64>,
    /// When the customer last failed or left; cleared by a payment.
    pub unfinished_ms: Option<i64>,
    /// Left for good: the page takes no more payments.
    pub abandoned: bool,
    /// The paid notice is neither acknowledged nor given up.
    pub notice_open: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Payment {
    /// Whole TWD really charged; differs from the asked amount under the fault `wrong_amount`.
    pub amount: i64,
    pub at_ms: i64,
    /// How it was paid.
    pub way: Way,
    /// When ECPay itself hears of it: at once, or days later from a till.
    pub known_ms: i64,
}

/// A way to pay on ECPay's page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    Credit,
    #[serde(rename = "WebATM")]
    WebAtm,
    ApplePay,
    #[serde(rename = "TWQR")]
    Twqr,
    #[serde(rename = "ATM")]
    Atm,
    #[serde(rename = "CVS")]
    Cvs,
    #[serde(rename = "BARCODE")]
    Barcode,
}

/// What a customer pays into elsewhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct Code {
    pub way: Way,
    /// Three digits, of a bank account.
    pub bank: String,
    /// The account, or the number for the store's machine.
    pub number: String,
    pub barcodes: [String; 3],
    pub expires_ms: i64,
}

/// One change, one line of the truth file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    TradeOpened {
        trade: Box<Trade>,
    },
    TradeCoded {
        account: String,
        reference: String,
        code: Code,
    },
    TradePaid {
        account: String,
        reference: String,
        payment: Payment,
        notice: bool,
    },
    TradeSimulated {
        account: String,
        reference: String,
        at_ms: i64,
    },
    TradeUnfinished {
        account: String,
        reference: String,
        at_ms: i64,
        abandoned: bool,
    },
    NoticeClosed {
        account: String,
        reference: String,
    },
    Formed {
        purchase: Box<Purchase>,
    },
    Asked {
        key: PurchaseKey,
    },
    Checked {
        key: PurchaseKey,
    },
    Moved {
        key: PurchaseKey,
        state: Delivery,
        failed: Option<Refusal>,
        serial: Option<String>,
        pin: Option<String>,
        at_ms: i64,
        callback: bool,
    },
    CallbackClosed {
        key: PurchaseKey,
    },
    /// By somebody, somewhere: through a supplier, or at a counter.
    BillsPaid {
        goods: String,
        number: String,
        periods: Vec<String>,
    },
    DepositSet {
        supplier: Provider,
        account: String,
        deposit: i64,
    },
}
