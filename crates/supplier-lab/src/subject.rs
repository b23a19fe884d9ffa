//! What an adapter tells of its supplier: data, and a few pure functions.

use adapters_kit::SupplierManifest;
use domain::Moment;
use domain::catalogue::Category;
use ports::conformance::{Claims, InquiryCase, Situation, SupplierNoticeCase};
use ports::notice::{NoticeReply, RawNotice};
use ports::supplier::Purchase;

/// One supplier and its adapter.
pub struct Subject {
    /// The adapter's. Its `kind` is the supplier's word in the sandbox.
    pub manifest: SupplierManifest,
    /// Two accounts of the sandbox, as its books name them: the usual one, and one that gets poor.
    pub accounts: [&'static str; 2],
    /// Every setting but [`Subject::addresses`] and `TIMEOUT_MS`.
    pub settings: fn(Who) -> Vec<(&'static str, String)>,
    /// Settings that hold the address of the supplier in the sandbox, each with the path behind it: `("BASE_URL", "")`.
    pub addresses: &'static [(&'static str, &'static str)],
    /// Settings that are secret, or name the account.
    pub secrets: &'static [&'static str],
    pub claims: Claims,
    /// What to buy. Nothing: it sells nothing of the kind.
    pub goods: fn(Need) -> Option<Goods>,
    /// The name of the field of a JSON reply to a purchase that holds the price as a number.
    pub price_field: Option<&'static str>,
    /// Texts of a reply to a purchase that is pending, and of one to a question about a delivered one, each with what makes it
    /// contradict itself: `("\"status\":0", "\"status\":1")`.
    pub contradictions: Option<[(&'static str, &'static str); 2]>,
    /// Why its protocol cannot get there.
    pub cannot: fn(Situation) -> Option<&'static str>,
    pub inquiries: Option<fn() -> InquiryCase>,
    /// Writes a notice and says of which kind it is. Nothing: there is no such notice.
    pub notice: fn(&Notice<'_>) -> Option<(&'static str, RawNotice)>,
    /// Whether the supplier stops sending a notice when it gets this.
    pub stops_on: fn(&NoticeReply) -> bool,
}

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    First,
    Poor,
    /// The first one's account with a secret that is not its own.
    Stranger,
}

/// What a case needs to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Anything that is always sold.
    Sold,
    /// What is switched off in the sandbox's list.
    Closed,
    /// What is sold, for a number that cannot have it.
    WrongNumber,
    /// Something whose delivery is a code and a pin, in fields of their own.
    CodeAndPin,
    PlnToken,
    /// For a player with an id and a zone.
    TwoPartTarget,
    /// The n-th number that owes one bill; each case pays another.
    OneBill(u32),
    /// The n-th number that owes more bills than one payment takes.
    ManyBills(u32),
    /// A number nobody has.
    NobodysBill,
}

/// What to buy, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// The supplier's code.
    pub code: &'static str,
    pub target: String,
    pub category: Category,
    /// Of a bill: as `GET /goods` names it, `pdam/Kota Surabaya`.
    pub biller: Option<&'static str>,
}

/// A notice to write.
pub struct Notice<'a> {
    pub case: SupplierNoticeCase,
    pub purchase: &'a Purchase,
    pub now: Moment,
}
