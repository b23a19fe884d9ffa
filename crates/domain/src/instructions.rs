//! What a customer pays into away from the gateway's page: an account, a number for a store's machine, barcodes for a till.
//! Not here: when it may be paid late (`order`), and any gateway's words for it.

use crate::Moment;
use crate::private::Private;

/// The thing itself, as the gateway issued it for one checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayCode {
    /// A bank transfer to an account that stands for this checkout alone.
    VirtualAccount {
        /// The bank's own number: `013`.
        bank: String,
        account: Private,
    },
    /// A number typed into a convenience store's machine.
    StoreCode(Private),
    /// Scanned at a till, in this order.
    Barcodes([Private; 3]),
}

impl PayCode {
    /// Which of them it is, in a stable word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VirtualAccount { .. } => "virtual_account",
            Self::StoreCode(_) => "store_code",
            Self::Barcodes(_) => "barcodes",
        }
    }
}

/// How a customer can pay a checkout, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    pub code: PayCode,
    /// The gateway's own expiry. What is paid before it may become known later, by the method's lag.
    pub payable_until: Moment,
}
