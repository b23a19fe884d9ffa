//! Notices of gateways and suppliers: verified, stored with their effect in one commit, acknowledged after it.

use domain::fulfilment::Answer as Claimed;
use domain::order::Claim;
use domain::payment::PaidReport;
use domain::{Account, Actor, Alert, AlertKind, Event, OrderId, Reference, What};
use fail::fail_point;
use ports::gateway::{GatewayNotice, GatewayNoticeSays, Issued};
use ports::notice::{NoticeOutcome, NoticeRecord, NoticeRejected, NoticeReply, RawNotice};
use ports::supplier::{Proof, SupplierNotice};
use ports::{Gateway, Supplier};

use crate::along::Along;
use crate::{ActError, Acted, Engine};

/// What the sender of a notice is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeAnswer {
    /// In the provider's own words.
    Reply(NoticeReply),
    /// Rejected like too many others from there.
    TooMany { retry_after_s: u32 },
    /// No gateway and no supplier here has this id.
    UnknownProvider,
}

/// In place of the name of a provider we do not have.
const NO_PROVIDER: &str = "-";

impl Engine {
    /// Takes a notice: verified first, whoever sent it and however many were rejected before.
    pub async fn notice(&self, provider: &str, kind: &str, raw: &RawNotice) -> NoticeAnswer {
        let Some((outcome, reply)) = self.outcome(provider, kind, raw).await else {
            self.count_notice(NO_PROVIDER, "rejected");
            let kept = self.keep_rejected(provider, kind, raw, "unknown_provider");
            return self.limited(NO_PROVIDER, kept).unwrap_or(NoticeAnswer::UnknownProvider);
        };
        self.count_notice(provider, word(outcome));
        let NoticeOutcome::Rejected(rejected) = outcome else { return NoticeAnswer::Reply(reply) };
        let kept = self.keep_rejected(provider, kind, raw, rejected.as_str());
        self.limited(provider, kept).unwrap_or(NoticeAnswer::Reply(reply))
    }

    /// What became of a notice, and its provider's words for that. `None`: no gateway and no supplier here has this id.
    async fn outcome(&self, provider: &str, kind: &str, raw: &RawNotice) -> Option<(NoticeOutcome, NoticeReply)> {
        if let Some((_, slot)) = self.gateways.iter().find(|(id, _)| id.as_str() == provider) {
            let gateway = &slot.adapter;
            let outcome = match gateway.verify_notice(kind, raw) {
                Ok(notice) => self.take_gateway_notice(gateway.as_ref(), notice).await,
                Err(rejected) => NoticeOutcome::Rejected(rejected),
            };
            return Some((outcome, gateway.notice_reply(outcome)));
        }
        let (_, slot) = self.suppliers.iter().find(|(id, _)| id.as_str() == provider)?;
        let outcome = match slot.adapter.verify_notice(kind, raw, self.clock.now()) {
            Ok(notice) => self.take_supplier_notice(slot.adapter.as_ref(), notice).await,
            Err(rejected) => NoticeOutcome::Rejected(rejected),
        };
        Some((outcome, slot.adapter.notice_reply(outcome)))
    }

    /// The answer to a rejected notice of which nothing was kept.
    fn limited(&self, provider: &str, kept: Result<(), u32>) -> Option<NoticeAnswer> {
        let retry_after_s = kept.err()?;
        self.counters.add("seberang_notices_limited_total", &[("provider", provider)]);
        Some(NoticeAnswer::TooMany { retry_after_s })
    }

    async fn take_gateway_notice(&self, gateway: &dyn Gateway, notice: GatewayNotice) -> NoticeOutcome {
        let actor = Actor::Gateway(gateway.id().clone());
        let what = match notice.says {
            GatewayNoticeSays::Paid(report) => What::Paid(report),
            GatewayNoticeSays::Issued(issued) => issued_to(&notice.reference, issued),
            GatewayNoticeSays::Declined { code } => {
                What::CheckoutDeclined { reference: notice.reference.clone(), code }
            }
            GatewayNoticeSays::Simulated => What::Simulated { reference: notice.reference.clone() },
        };
        let event = Event { what, actor };
        self.take(gateway.id().as_str(), gateway.account(), &notice.reference, event, notice.record).await
    }

    async fn take_supplier_notice(&self, supplier: &dyn Supplier, notice: SupplierNotice) -> NoticeOutcome {
        let reference = notice.reference.clone();
        let what = match (notice.proves, &notice.claims) {
            (Proof::Outcome, Claimed::Delivered { .. }) => {
                What::Proved { reference, answer: notice.claims, trust: supplier.trust() }
            }
            // Of a proved "failed", too: suppliers sign what they take back a moment later, and the next one would deliver again.
            (proves, claims) => {
                let vouched = proves != Proof::Nothing;
                What::Nudged { reference, claim: claim_of(claims), vouched }
            }
        };
        let event = Event { what, actor: Actor::Supplier(supplier.id().clone()) };
        self.take(supplier.id().as_str(), supplier.account(), &notice.reference, event, notice.record).await
    }

    async fn take(
        &self,
        provider: &str,
        account: &Account,
        reference: &Reference,
        event: Event,
        record: NoticeRecord,
    ) -> NoticeOutcome {
        let holder = self.holder(&reference.key(provider, account)).await;
        let id = match holder {
            Ok(Some(id)) => id,
            // Anybody may have made it up; what is counted as rejected is limited, too.
            Ok(None) if is_unproved(&event) => return NoticeOutcome::Rejected(NoticeRejected::OtherAccount),
            Ok(None) => return self.park_unknown(reference, record).await,
            Err(unavailable) => return try_again(&unavailable.to_string()),
        };
        let known = match self.known(id).await {
            Ok(known) => known,
            Err(error) => return try_again(&error.to_string()),
        };
        let along = Along { notice: Some(record.clone()), ..Along::default() };
        let outcome = match self.apply(known, &event, along).await {
            Ok(Acted::Applied { .. }) => NoticeOutcome::Stored,
            Ok(Acted::AlreadyApplied(_) | Acted::Replayed(_)) => self.park(record, Some(id), None).await,
            Err(ActError::Refused(refusal)) => {
                let alert = unexplained(&event, &refusal.to_string());
                self.park(record, Some(id), alert).await
            }
            Err(ActError::Rejected(why)) => self.not_stored(id, &record, &why).await,
            Err(error) => try_again(&error.to_string()),
        };
        fail_point!("engine.after_notice_commit", |_| outcome);
        outcome
    }

    async fn park_unknown(&self, reference: &Reference, record: NoticeRecord) -> NoticeOutcome {
        let alert = Alert {
            kind: AlertKind::UnknownReference,
            subject: reference.to_string(),
            detail: format!("{} sent a signed {} for a reference we never made", record.provider, record.kind),
        };
        self.park(record, None, Some(alert)).await
    }

    async fn park(&self, record: NoticeRecord, order: Option<OrderId>, alert: Option<Alert>) -> NoticeOutcome {
        match self.stores.orders.park(record, order, alert, self.clock.now()).await {
            Ok(()) => NoticeOutcome::Stored,
            Err(unavailable) => try_again(&unavailable.to_string()),
        }
    }

    /// The sender comes again, to a version that can store it; until then a person knows.
    async fn not_stored(&self, order: OrderId, record: &NoticeRecord, why: &str) -> NoticeOutcome {
        let detail = format!("what a signed {} of {} says cannot be stored", record.kind, record.provider);
        if let Err(unavailable) = self.raise(AlertKind::NotStored, format!("order {order}"), detail).await {
            tracing::warn!(%unavailable, "the alert could not be stored either");
        }
        try_again(why)
    }

    fn count_notice(&self, provider: &str, outcome: &str) {
        self.counters.add("seberang_notices_total", &[("provider", provider), ("outcome", outcome)]);
    }
}

/// What a gateway issued, as it is told to the order.
pub(crate) fn issued_to(reference: &Reference, issued: Issued) -> What {
    What::Instructions { reference: reference.clone(), instructions: issued.instructions, lag: issued.lag }
}

const fn is_unproved(event: &Event) -> bool {
    matches!(event.what, What::Nudged { vouched: false, .. })
}

const fn word(outcome: NoticeOutcome) -> &'static str {
    match outcome {
        NoticeOutcome::Stored => "stored",
        NoticeOutcome::Rejected(_) => "rejected",
        NoticeOutcome::TryAgain => "try_again",
    }
}

fn try_again(why: &str) -> NoticeOutcome {
    tracing::warn!(why, "a notice could not be stored; its sender will come again");
    NoticeOutcome::TryAgain
}

fn claim_of(answer: &Claimed) -> Claim {
    match answer {
        Claimed::Delivered { .. } => Claim::Delivered,
        Claimed::Refused { .. } | Claimed::Failed { .. } => Claim::NotDelivered,
        Claimed::Pending { .. } | Claimed::Unclear { .. } | Claimed::NotFound => Claim::Nothing,
    }
}

/// Money that the domain would not take must be explained by a person; a refused nudge need not.
fn unexplained(event: &Event, why: &str) -> Option<Alert> {
    match &event.what {
        What::Paid(PaidReport { reference, simulated: false, .. }) => Some(Alert {
            kind: AlertKind::UnknownReference,
            subject: reference.to_string(),
            detail: format!("a signed notice of money was refused: {why}"),
        }),
        _ => None,
    }
}
