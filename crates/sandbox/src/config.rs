//! What a sandbox is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::goods::seller::Seller;
use crate::reading::Reading;
use crate::suppliers;

/// Large enough that no demo runs dry by accident: ten billion rupiah.
const DEFAULT_DEPOSIT_IDR: i64 = 10_000_000_000;

/// Settings of one sandbox server.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// JSON lines of everything charged and delivered; replayed when it exists.
    pub truth_file: PathBuf,
    /// The clock of all business times.
    pub clock: Clock,
    /// Merchants known to the ECPay side.
    pub ecpay: Vec<EcpayMerchant>,
    /// The suppliers, by their words: `iak`.
    pub suppliers: BTreeMap<&'static str, SupplierConfig>,
    /// Base URLs that notices are spread over; empty delivers to the URL each merchant gave.
    pub notice_targets: Vec<String>,
    /// How ECPay's open questions are answered.
    pub ecpay_reading: Reading,
}

impl SandboxConfig {
    /// The public test merchant of ECPay and two accounts of each supplier, called back only where a purchase asks for it.
    pub fn new(addr: SocketAddr, truth_file: PathBuf, clock: Clock) -> Self {
        Self {
            addr,
            truth_file,
            clock,
            ecpay: vec![EcpayMerchant::public_test()],
            suppliers: suppliers::all()
                .map(|(supplier, seller)| (supplier.word(), SupplierConfig::test(seller)))
                .collect(),
            notice_targets: Vec::new(),
            ecpay_reading: Reading::Likely,
        }
    }
}

/// An ECPay merchant. Not `Debug`: it holds keys.
#[derive(Clone)]
pub struct EcpayMerchant {
    /// `MerchantID`.
    pub merchant_id: String,
    /// `HashKey`, 16 characters.
    pub hash_key: String,
    /// `HashIV`, 16 characters.
    pub hash_iv: String,
}

impl EcpayMerchant {
    /// The shared AIO test merchant whose keys ECPay publishes.
    pub fn public_test() -> Self {
        Self {
            merchant_id: "3002607".to_owned(),
            hash_key: "pwFHCqoQZGmho4w6".to_owned(),
            hash_iv: "EkRm7iFT261dpevs".to_owned(),
        }
    }
}

/// What one supplier is started with.
#[derive(Clone)]
pub struct SupplierConfig {
    /// Who is known to it.
    pub accounts: Vec<Account>,
    /// How its open questions are answered.
    pub reading: Reading,
}

impl SupplierConfig {
    fn test(seller: &dyn Seller) -> Self {
        Self { accounts: ["0001", "0002"].map(|n| seller.account(n)).into(), reading: Reading::Likely }
    }
}

/// An account at a supplier. Not `Debug`: it holds keys.
#[derive(Clone)]
pub struct Account {
    /// What the truth calls it; at most suppliers what it says it is.
    pub name: String,
    /// Its keys and whatever else it has, by the supplier's words.
    pub fields: Vec<(&'static str, String)>,
    /// Where final states are told, where a purchase names no other address; nowhere when absent.
    pub callback_url: Option<String>,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl Account {
    /// An account with a large deposit and no callback URL.
    pub fn test(name: &str, fields: &[(&'static str, &str)]) -> Self {
        Self {
            name: name.to_owned(),
            fields: fields.iter().map(|(word, value)| (*word, (*value).to_owned())).collect(),
            callback_url: None,
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }

    /// One of its fields; empty where it has none of this word.
    pub fn field(&self, word: &str) -> &str {
        self.fields.iter().find(|(known, _)| *known == word).map_or("", |(_, value)| value)
    }
}
