//! What a customer pays into: in full for the customer, masked for staff.

use chrono::{DateTime, Utc};
use domain::payment::{Checkout, CheckoutState, PaymentState};
use domain::{Instructions, Order, PayCode, Private};
use serde::Serialize;
use utoipa::ToSchema;

/// How a checkout can be paid away from the gateway's page. Which fields there are, its `kind` says.
#[derive(Serialize, ToSchema)]
pub struct InstructionsView {
    /// The checkout.
    pub reference: String,
    /// The number of the payment it pays.
    pub payment: u16,
    pub method: String,
    /// `virtual_account`, `store_code` or `barcodes`.
    pub kind: &'static str,
    /// The bank's number, of a virtual account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// The account to transfer to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The number for the store's machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Three barcodes for the till, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
    /// Pay before then. What is paid later goes back, unless the order still waits.
    pub pay_until: DateTime<Utc>,
}

impl std::fmt::Debug for InstructionsView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstructionsView").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What the customer can still pay into, in the order of issue. Nothing once the payment is settled: it would be paid twice.
pub fn to_pay(order: &Order) -> Vec<InstructionsView> {
    let open = |c: &&Checkout| {
        let pending = order.payment(c.payment).is_some_and(|payment| payment.state == PaymentState::Pending);
        pending && matches!(c.state, CheckoutState::Open | CheckoutState::Declined)
    };
    order.checkouts.iter().filter(open).filter_map(|c| view(c, |private| private.expose().to_owned())).collect()
}

/// For people who must recognise it without knowing it.
pub fn masked(checkout: &Checkout) -> Option<InstructionsView> {
    view(checkout, Private::masked)
}

fn view(checkout: &Checkout, show: fn(&Private) -> String) -> Option<InstructionsView> {
    let Instructions { code, payable_until } = checkout.instructions.as_ref()?;
    let mut view = InstructionsView {
        reference: checkout.reference.to_string(),
        payment: checkout.payment.0,
        method: checkout.method.clone(),
        kind: code.kind(),
        bank: None,
        account: None,
        code: None,
        barcodes: Vec::new(),
        pay_until: *payable_until,
    };
    match code {
        PayCode::VirtualAccount { bank, account } => {
            view.bank = Some(bank.clone());
            view.account = Some(show(account));
        }
        PayCode::StoreCode(number) => view.code = Some(show(number)),
        PayCode::Barcodes(all) => view.barcodes = all.iter().map(show).collect(),
    }
    Some(view)
}
