//! Double entry. A posting is a list of transfers, each from one account to another, and is stored so: it balances by
//! construction, per currency, and nothing stored could say otherwise. Every template is in this file; amounts are in the currency they moved in.

use std::fmt;

use crate::ids::{GatewayId, SupplierId};
use crate::money::Money;

/// An account of the books.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LedgerAccount {
    /// What a gateway took for us and has not paid out.
    GatewayReceivable(GatewayId),
    GatewayFees,
    /// What customers have paid for and not received.
    CustomerLiability,
    /// Our prepaid balance at a supplier.
    SupplierDeposit(SupplierId),
    CostOfGoods,
    Sales,
    PromoExpense,
    RefundsPayable,
    /// Money that is here and not yet explained.
    Suspense,
    /// Goods that came after their money went back, or twice.
    LateDeliveryLoss,
    ChargebackLoss,
    WriteOff,
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayReceivable(id) => write!(f, "gateway_receivable:{id}"),
            Self::GatewayFees => f.write_str("gateway_fees"),
            Self::CustomerLiability => f.write_str("customer_liability"),
            Self::SupplierDeposit(id) => write!(f, "supplier_deposit:{id}"),
            Self::CostOfGoods => f.write_str("cost_of_goods"),
            Self::Sales => f.write_str("sales"),
            Self::PromoExpense => f.write_str("promo_expense"),
            Self::RefundsPayable => f.write_str("refunds_payable"),
            Self::Suspense => f.write_str("suspense"),
            Self::LateDeliveryLoss => f.write_str("late_delivery_loss"),
            Self::ChargebackLoss => f.write_str("chargeback_loss"),
            Self::WriteOff => f.write_str("write_off"),
        }
    }
}

/// `amount` is debited to one account and credited to the other. Never negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub debit: LedgerAccount,
    pub credit: LedgerAccount,
    pub amount: Money,
}

/// One booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub template: &'static str,
    /// The reference, item or refund it is about.
    pub subject: String,
    pub transfers: Vec<Transfer>,
}

impl Posting {
    fn new(template: &'static str, subject: impl Into<String>) -> Self {
        Self { template, subject: subject.into(), transfers: Vec::new() }
    }

    /// Nothing moves nothing: a transfer of zero is left out.
    fn transfer(mut self, debit: LedgerAccount, credit: LedgerAccount, amount: Money) -> Self {
        if !amount.is_zero() {
            self.transfers.push(Transfer { debit, credit, amount });
        }
        self
    }
}

use LedgerAccount as A;

/// The agreed money came in.
pub fn receipt(gateway: &GatewayId, reference: &str, amount: Money, fee: Option<Money>) -> Posting {
    with_fee(
        Posting::new("receipt", reference).transfer(
            A::GatewayReceivable(gateway.clone()),
            A::CustomerLiability,
            amount,
        ),
        gateway,
        fee,
    )
}

/// Money came in that is not the agreed money.
pub fn receipt_in_suspense(gateway: &GatewayId, reference: &str, amount: Money, fee: Option<Money>) -> Posting {
    with_fee(
        Posting::new("receipt_in_suspense", reference).transfer(
            A::GatewayReceivable(gateway.clone()),
            A::Suspense,
            amount,
        ),
        gateway,
        fee,
    )
}

fn with_fee(posting: Posting, gateway: &GatewayId, fee: Option<Money>) -> Posting {
    match fee {
        Some(fee) => posting.transfer(A::GatewayFees, A::GatewayReceivable(gateway.clone()), fee),
        None => posting,
    }
}

/// An operator took money in suspense as the payment: as much of it as counts.
pub fn suspense_accepted(subject: &str, accepted: Money) -> Posting {
    Posting::new("suspense_accepted", subject).transfer(A::Suspense, A::CustomerLiability, accepted)
}

/// Money in suspense that nobody will claim.
pub fn suspense_written_off(subject: &str, amount: Money) -> Posting {
    Posting::new("suspense_written_off", subject).transfer(A::Suspense, A::WriteOff, amount)
}

/// A supplier delivered and took its price from our deposit.
pub fn purchase(supplier: &SupplierId, reference: &str, price: Money) -> Posting {
    Posting::new("purchase", reference).transfer(A::CostOfGoods, A::SupplierDeposit(supplier.clone()), price)
}

/// A supplier delivered what was no longer wanted.
pub fn purchase_lost(supplier: &SupplierId, reference: &str, price: Money) -> Posting {
    Posting::new("purchase_lost", reference).transfer(A::LateDeliveryLoss, A::SupplierDeposit(supplier.clone()), price)
}

/// What was delivered when it was no longer wanted is the customer's after all: another supplier took its own delivery back.
pub fn purchase_wanted(reference: &str, price: Money) -> Posting {
    Posting::new("purchase_wanted", reference).transfer(A::CostOfGoods, A::LateDeliveryLoss, price)
}

/// A supplier took a delivery back and returned its price.
pub fn purchase_reversed(supplier: &SupplierId, reference: &str, price: Money, was_lost: bool) -> Posting {
    let account = if was_lost { A::LateDeliveryLoss } else { A::CostOfGoods };
    Posting::new("purchase_reversed", reference).transfer(A::SupplierDeposit(supplier.clone()), account, price)
}

/// An item was delivered: what the customer paid, and what the promo paid, is earned.
pub fn sale(subject: &str, charged: Money, discount: Money) -> Posting {
    Posting::new("sale", subject).transfer(A::CustomerLiability, A::Sales, charged).transfer(
        A::PromoExpense,
        A::Sales,
        discount,
    )
}

/// A delivered item was taken back.
pub fn sale_reversed(subject: &str, charged: Money, discount: Money) -> Posting {
    Posting::new("sale_reversed", subject).transfer(A::Sales, A::CustomerLiability, charged).transfer(
        A::Sales,
        A::PromoExpense,
        discount,
    )
}

/// Money is owed back, out of what the customer paid or out of suspense.
pub fn refund_owed(subject: &str, amount: Money, from_suspense: bool) -> Posting {
    let source = if from_suspense { A::Suspense } else { A::CustomerLiability };
    Posting::new("refund_owed", subject).transfer(source, A::RefundsPayable, amount)
}

/// The goods came before the refund was sent.
pub fn refund_cancelled(subject: &str, amount: Money) -> Posting {
    Posting::new("refund_cancelled", subject).transfer(A::RefundsPayable, A::CustomerLiability, amount)
}

/// The money went back through the gateway.
pub fn refund_paid(gateway: &GatewayId, subject: &str, amount: Money) -> Posting {
    Posting::new("refund_paid", subject).transfer(A::RefundsPayable, A::GatewayReceivable(gateway.clone()), amount)
}

/// The bank or gateway took money back; the claim waits in suspense.
pub fn charged_back(gateway: &GatewayId, reference: &str, amount: Money) -> Posting {
    Posting::new("charged_back", reference).transfer(A::Suspense, A::GatewayReceivable(gateway.clone()), amount)
}

/// The dispute was won: the money is ours again.
pub fn chargeback_won(gateway: &GatewayId, reference: &str, amount: Money) -> Posting {
    Posting::new("chargeback_won", reference).transfer(A::GatewayReceivable(gateway.clone()), A::Suspense, amount)
}

/// After a lost dispute nothing is owed for what was not delivered: the bank gave that money back already.
pub fn liability_released(subject: &str, amount: Money) -> Posting {
    Posting::new("liability_released", subject).transfer(A::CustomerLiability, A::ChargebackLoss, amount)
}

/// The dispute was lost.
pub fn chargeback_lost(reference: &str, amount: Money) -> Posting {
    Posting::new("chargeback_lost", reference).transfer(A::ChargebackLoss, A::Suspense, amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_transfer_goes_from_one_account_to_another(a in 0_i64..1_000_000_000, b in 0_i64..1_000_000_000) {
            let twd = |n| Money::from_minor(n, Currency::Twd);
            let idr = |n| Money::from_minor(n, Currency::Idr);
            let gateway: GatewayId = "ecpay".parse().unwrap();
            let supplier: SupplierId = "iak".parse().unwrap();
            for posting in [
                receipt(&gateway, "r", twd(a), Some(twd(b))),
                receipt_in_suspense(&gateway, "r", twd(a), None),
                suspense_accepted("p", twd(a)),
                suspense_written_off("p", twd(a)),
                purchase(&supplier, "r", idr(a)),
                purchase_lost(&supplier, "r", idr(a)),
                purchase_wanted("r", idr(a)),
                purchase_reversed(&supplier, "r", idr(a), true),
                sale("i", twd(a), twd(b)),
                sale_reversed("i", twd(a), twd(b)),
                refund_owed("f", twd(a), true),
                refund_cancelled("f", twd(a)),
                refund_paid(&gateway, "f", twd(a)),
                charged_back(&gateway, "r", twd(a)),
                chargeback_won(&gateway, "r", twd(a)),
                chargeback_lost("r", twd(a)),
                liability_released("i", twd(a)),
            ] {
                prop_assert!(posting.transfers.iter().all(|t| t.debit != t.credit), "{}", posting.template);
                let moves = posting.transfers.iter().all(|t| !t.amount.is_negative() && !t.amount.is_zero());
                prop_assert!(moves, "{}", posting.template);
            }
        }
    }
}
