//! What a sandbox is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::reading::Reading;

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
    /// Accounts known to the IAK side.
    pub iak: Vec<IakAccount>,
    /// Accounts known to the BillFazz side.
    pub billfazz: Vec<BillfazzAccount>,
    /// Accounts known to the Redision side.
    pub redision: Vec<RedisionAccount>,
    /// Members known to the Pulsa IF side.
    pub pulsaif: Vec<PulsaifAccount>,
    /// Accounts known to the Lapak Gaming side.
    pub lapak: Vec<LapakAccount>,
    /// Accounts known to the Digiflazz side.
    pub digiflazz: Vec<DigiflazzAccount>,
    /// Base URLs that notices are spread over; empty delivers to the URL each merchant gave.
    pub notice_targets: Vec<String>,
    /// How ECPay's open questions are answered.
    pub ecpay_reading: Reading,
    /// How IAK's open questions are answered.
    pub iak_reading: Reading,
    /// How BillFazz's open questions are answered.
    pub billfazz_reading: Reading,
    /// How Pulsa IF's open questions are answered.
    pub pulsaif_reading: Reading,
    /// How Lapak Gaming's open questions are answered.
    pub lapak_reading: Reading,
    /// How Digiflazz's open questions are answered.
    pub digiflazz_reading: Reading,
}

impl SandboxConfig {
    /// The public test merchant of ECPay and two accounts of each supplier, nobody called back by IAK and Pulsa IF.
    pub fn new(addr: SocketAddr, truth_file: PathBuf, clock: Clock) -> Self {
        Self {
            addr,
            truth_file,
            clock,
            ecpay: vec![EcpayMerchant::public_test()],
            iak: vec![
                IakAccount::test("628000000001", "testkey-0001"),
                IakAccount::test("628000000002", "testkey-0002"),
            ],
            billfazz: vec![BillfazzAccount::test("0001"), BillfazzAccount::test("0002")],
            redision: vec![RedisionAccount::test("app-0001", "0001"), RedisionAccount::test("app-0002", "0002")],
            pulsaif: vec![PulsaifAccount::test("TW0001", "0001"), PulsaifAccount::test("TW0002", "0002")],
            lapak: vec![LapakAccount::test("lapak-0001", "0001"), LapakAccount::test("lapak-0002", "0002")],
            digiflazz: vec![DigiflazzAccount::test("digi-0001", "0001"), DigiflazzAccount::test("digi-0002", "0002")],
            notice_targets: Vec::new(),
            ecpay_reading: Reading::Likely,
            iak_reading: Reading::Likely,
            billfazz_reading: Reading::Likely,
            pulsaif_reading: Reading::Likely,
            lapak_reading: Reading::Likely,
            digiflazz_reading: Reading::Likely,
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

/// An IAK account. Not `Debug`: it holds a key.
#[derive(Clone)]
pub struct IakAccount {
    /// The registered phone number, digits only.
    pub username: String,
    /// The API key signatures are made with.
    pub api_key: String,
    /// Where final states are posted; nowhere when absent.
    pub callback_url: Option<String>,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl IakAccount {
    /// An account with a large deposit and no callback URL.
    pub fn test(username: &str, api_key: &str) -> Self {
        Self {
            username: username.to_owned(),
            api_key: api_key.to_owned(),
            callback_url: None,
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }
}

/// A BillFazz client. Not `Debug`: it holds secrets.
#[derive(Clone)]
pub struct BillfazzAccount {
    /// The user of HTTP Basic.
    pub key: String,
    /// Its password.
    pub secret: String,
    /// What callbacks are signed with.
    pub callback_secret: String,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl BillfazzAccount {
    /// A client with a large deposit; `n` ends its key and secrets.
    pub fn test(n: &str) -> Self {
        Self {
            key: format!("client-{n}"),
            secret: format!("secret-{n}"),
            callback_secret: format!("bfcb-{n}"),
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }
}

/// A member of Pulsa IF. Not `Debug`: it holds a pin and a password.
#[derive(Clone)]
pub struct PulsaifAccount {
    /// `memberID`.
    pub member_id: String,
    /// Four digits.
    pub pin: String,
    /// What requests are signed with, beside the pin.
    pub password: String,
    /// Where final states are told; nowhere when absent.
    pub callback_url: Option<String>,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl PulsaifAccount {
    /// A member with a large deposit and no callback URL; `n` ends its password.
    pub fn test(member_id: &str, n: &str) -> Self {
        Self {
            member_id: member_id.to_owned(),
            pin: "1234".to_owned(),
            password: format!("pw-{n}"),
            callback_url: None,
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }
}

/// A Redision account. Not `Debug`: it holds a key and a secret.
#[derive(Clone)]
pub struct RedisionAccount {
    /// `appid`.
    pub app_id: String,
    /// `appkey`.
    pub app_key: String,
    /// What bodies are signed with.
    pub app_secret: String,
    /// Failures are called back, too.
    pub fail_callback: bool,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl RedisionAccount {
    /// An account with a large deposit, told of successes only; `n` ends its key and secret.
    pub fn test(app_id: &str, n: &str) -> Self {
        Self {
            app_id: app_id.to_owned(),
            app_key: format!("appkey-{n}"),
            app_secret: format!("appsecret-{n}"),
            fail_callback: false,
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }
}

/// A Lapak Gaming account. Not `Debug`: it holds a key.
#[derive(Clone)]
pub struct LapakAccount {
    /// What the truth calls it: its owner's name, since the key may change.
    pub name: String,
    /// What stands behind `Bearer`.
    pub secret_key: String,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl LapakAccount {
    /// An account with a large deposit; `n` ends its key.
    pub fn test(name: &str, n: &str) -> Self {
        Self { name: name.to_owned(), secret_key: format!("lgkey-{n}"), deposit: DEFAULT_DEPOSIT_IDR }
    }
}

/// A Digiflazz account. Not `Debug`: it holds a key and a secret.
#[derive(Clone)]
pub struct DigiflazzAccount {
    /// `username`.
    pub username: String,
    /// The key requests are signed with.
    pub api_key: String,
    /// What webhooks are signed with.
    pub webhook_secret: String,
    /// Where final states are posted, where a purchase names no other address; nowhere when absent.
    pub callback_url: Option<String>,
    /// Deposit at the start, whole rupiah.
    pub deposit: i64,
}

impl DigiflazzAccount {
    /// An account with a large deposit, called back only where a purchase asks for it; `n` ends its key and secret.
    pub fn test(username: &str, n: &str) -> Self {
        Self {
            username: username.to_owned(),
            api_key: format!("dfkey-{n}"),
            webhook_secret: format!("whsecret-{n}"),
            callback_url: None,
            deposit: DEFAULT_DEPOSIT_IDR,
        }
    }
}
