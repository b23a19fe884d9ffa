//! The contract suites: what every adapter must prove in its own tests, over its sandbox.
//!
//! A *world* ([`SupplierWorld`], which `supplier-lab` implements for all suppliers; [`GatewayWorld`]) puts the sandbox in a
//! situation and tells what really happened there; the suite does the rest and returns a [`Report`]:
//!
//! ```ignore
//! let report = ports::conformance::supplier(&world).await;
//! assert!(report.passed(), "{report}");
//! ```
//!
//! Not here: anything that knows of one provider.

mod gateway;
mod report;
pub mod store;
mod supplier;
mod tamper;

pub use gateway::{
    GatewayStage, GatewayWorld, NoticeCase, Opened, PaidTruth, QueryMust, QuerySituation, QueryWord, gateway,
};
pub use report::{Case, Count, Report, Unsupported, Verdict};
pub use supplier::{
    BillClaims, BillSituation, BillStage, BillTruth, Claims, CutOff, InquiryCase, Listed, Must, OddSetting, Situation,
    SupplierNoticeCase, SupplierStage, SupplierTruth, SupplierWorld, Turn, Word, supplier,
};

/// Declares an enum together with the list of all its variants, so that no case can be forgotten.
macro_rules! cases {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    };
}
use cases;
