//! An order read back: its rows, and how they become the aggregate.

use chrono::TimeDelta;
use domain::fulfilment::{Artifacts, Attempt, Item};
use domain::payment::{Checkout, Payment};
use domain::refund::Refund;
use domain::{AttemptNo, CustomerId, ItemNo, Moment, Order, OrderId, PaymentNo, Private, RefundNo, Task};
use serde_json::Value;

use super::columns::{BadRow, Reader, json, money, number, opt_money, opt_word, packed_json, word};
use super::row;
use super::{bill, instructions};
use crate::cipher::CipherKeys;

row! {
    OrderRow {
        version: i32 = Integer,
        promo_held: bool = Bool,
        customer: uuid::Uuid = Id,
        created_at: Moment = Timestamptz,
        terms: Vec<u8> = Binary,
    }
}
row! {
    PaymentRow {
        n: i32 = Integer,
        state: String = Text,
        review: Option<String> = Nullable<Text>,
        proposed: Option<Value> = Nullable<Jsonb>,
        deadline: Moment = Timestamptz,
        received_minor: i64 = BigInt,
        received_currency: String = Text,
        promised_minor: i64 = BigInt,
        paid_by: Option<String> = Nullable<Text>,
        paid_at: Option<Moment> = Nullable<Timestamptz>,
        purpose: String = Text,
        amount_minor: i64 = BigInt,
        amount_currency: String = Text,
    }
}
row! {
    CheckoutRow {
        reference: String = Text,
        state: String = Text,
        transaction: Option<String> = Nullable<Text>,
        received_minor: Option<i64> = Nullable<BigInt>,
        received_currency: Option<String> = Nullable<Text>,
        disputed_minor: Option<i64> = Nullable<BigInt>,
        disputed_currency: Option<String> = Nullable<Text>,
        simulated: bool = Bool,
        known_by: Moment = Timestamptz,
        instructions: Option<Vec<u8>> = Nullable<Binary>,
        payment: i32 = Integer,
        gateway: String = Text,
        account: String = Text,
        method: String = Text,
        opened_at: Moment = Timestamptz,
    }
}
row! {
    ItemRow {
        n: i32 = Integer,
        state: String = Text,
        live_attempt: Option<i32> = Nullable<Integer>,
        serial_pending: bool = Bool,
        failure: Option<String> = Nullable<Text>,
        product: String = Text,
        category: String = Text,
        name: String = Text,
        target: Vec<u8> = Binary,
        bill: Option<Vec<u8>> = Nullable<Binary>,
        cost_minor: i64 = BigInt,
        cost_currency: String = Text,
        max_cost_minor: i64 = BigInt,
        max_cost_currency: String = Text,
        charged_minor: i64 = BigInt,
        charged_currency: String = Text,
        discount_minor: i64 = BigInt,
        discount_currency: String = Text,
    }
}
row! {
    AttemptRow {
        n: i32 = Integer,
        state: String = Text,
        cause: Option<String> = Nullable<Text>,
        word: Option<String> = Nullable<Text>,
        polls: i32 = Integer,
        not_found: i32 = Integer,
        not_found_since: Option<Moment> = Nullable<Timestamptz>,
        contested: bool = Bool,
        price_minor: Option<i64> = Nullable<BigInt>,
        price_currency: Option<String> = Nullable<Text>,
        supplier_ref: Option<String> = Nullable<Text>,
        serial: Option<Vec<u8>> = Nullable<Binary>,
        item: i32 = Integer,
        supplier: String = Text,
        account: String = Text,
        reference: String = Text,
        code: String = Text,
        cost_minor: i64 = BigInt,
        cost_currency: String = Text,
        reserved_at: Moment = Timestamptz,
        closed_at: Option<Moment> = Nullable<Timestamptz>,
        reason: String = Text,
        settle_s: i32 = Integer,
    }
}
row! {
    RefundRow {
        n: i32 = Integer,
        state: String = Text,
        confirmed_by: Option<String> = Nullable<Text>,
        evidence: Option<String> = Nullable<Text>,
        payment: i32 = Integer,
        checkout: String = Text,
        item: Option<i32> = Nullable<Integer>,
        amount_minor: i64 = BigInt,
        amount_currency: String = Text,
        reason: String = Text,
        requested_at: Moment = Timestamptz,
    }
}
row! { TaskRow { key: String = Text, run_at: Moment = Timestamptz } }

/// Everything read for one order.
pub(crate) struct OrderRows {
    pub(crate) order: OrderRow,
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) checkouts: Vec<CheckoutRow>,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) attempts: Vec<AttemptRow>,
    pub(crate) refunds: Vec<RefundRow>,
    pub(crate) tasks: Vec<TaskRow>,
}

impl OrderRows {
    pub(crate) fn read(self, id: OrderId, keys: &CipherKeys) -> Result<Order, BadRow> {
        let reader = Reader { order: id, keys };
        Ok(Order {
            id,
            version: self.order.version,
            customer: CustomerId::new(self.order.customer),
            created_at: self.order.created_at,
            terms: packed_json("terms", &self.order.terms)?,
            promo_held: self.order.promo_held,
            payments: self.payments.into_iter().map(PaymentRow::read).collect::<Result<_, _>>()?,
            checkouts: self.checkouts.into_iter().map(|row| row.read(&reader)).collect::<Result<_, _>>()?,
            items: self.items.into_iter().map(|row| row.read(&reader)).collect::<Result<_, _>>()?,
            attempts: self.attempts.into_iter().map(|row| row.read(&reader)).collect::<Result<_, _>>()?,
            refunds: self.refunds.into_iter().map(RefundRow::read).collect::<Result<_, _>>()?,
            tasks: self.tasks.into_iter().map(TaskRow::read).collect::<Result<_, _>>()?,
        })
    }
}

impl PaymentRow {
    fn read(self) -> Result<Payment, BadRow> {
        Ok(Payment {
            no: PaymentNo(number("n", self.n)?),
            purpose: word("purpose", &self.purpose)?,
            amount: money("amount", self.amount_minor, &self.amount_currency)?,
            state: word("state", &self.state)?,
            review: opt_word("review", self.review.as_deref())?,
            proposed: self.proposed.map(|value| json("proposed", value)).transpose()?,
            deadline: self.deadline,
            received: money("received", self.received_minor, &self.received_currency)?,
            promised: money("promised", self.promised_minor, &self.received_currency)?,
            paid_by: opt_word("paid_by", self.paid_by.as_deref())?,
            paid_at: self.paid_at,
        })
    }
}

impl CheckoutRow {
    fn read(self, reader: &Reader<'_>) -> Result<Checkout, BadRow> {
        let reference = word("reference", &self.reference)?;
        let instructions =
            self.instructions.map(|sealed| instructions::open(reader, &reference, &sealed)).transpose()?;
        Ok(Checkout {
            reference,
            payment: PaymentNo(number("payment", self.payment)?),
            gateway: word("gateway", &self.gateway)?,
            account: word("account", &self.account)?,
            method: self.method,
            state: word("state", &self.state)?,
            opened_at: self.opened_at,
            known_by: self.known_by,
            instructions,
            transaction: self.transaction,
            received: opt_money("received", self.received_minor, self.received_currency.as_deref())?,
            disputed: opt_money("disputed", self.disputed_minor, self.disputed_currency.as_deref())?,
            simulated: self.simulated,
        })
    }
}

impl ItemRow {
    fn read(self, reader: &Reader<'_>) -> Result<Item, BadRow> {
        Ok(Item {
            no: ItemNo(number("n", self.n)?),
            product: word("product", &self.product)?,
            category: word("category", &self.category)?,
            name: self.name,
            target: Private::new(reader.open("item", self.n, "target", &self.target)?),
            bill: self.bill.map(|sealed| bill::open_of_item(reader, self.n, &sealed).map(Box::new)).transpose()?,
            state: word("state", &self.state)?,
            live_attempt: self.live_attempt.map(|n| number("live_attempt", n).map(AttemptNo)).transpose()?,
            serial_pending: self.serial_pending,
            cost: money("cost", self.cost_minor, &self.cost_currency)?,
            max_cost: money("max_cost", self.max_cost_minor, &self.max_cost_currency)?,
            charged: money("charged", self.charged_minor, &self.charged_currency)?,
            discount: money("discount", self.discount_minor, &self.discount_currency)?,
            failure: self.failure,
        })
    }
}

impl AttemptRow {
    fn read(self, reader: &Reader<'_>) -> Result<Attempt, BadRow> {
        let serial = self.serial.map(|sealed| reader.open("attempt", self.n, "serial", &sealed)).transpose()?;
        Ok(Attempt {
            no: AttemptNo(number("n", self.n)?),
            item: ItemNo(number("item", self.item)?),
            supplier: word("supplier", &self.supplier)?,
            account: word("account", &self.account)?,
            reference: word("reference", &self.reference)?,
            code: self.code,
            cost: money("cost", self.cost_minor, &self.cost_currency)?,
            state: word("state", &self.state)?,
            cause: opt_word("cause", self.cause.as_deref())?,
            word: self.word,
            reserved_at: self.reserved_at,
            closed_at: self.closed_at,
            polls: number("polls", self.polls)?,
            not_found: number("not_found", self.not_found)?,
            not_found_since: self.not_found_since,
            contested: self.contested,
            artifacts: Artifacts {
                serial: serial.map(Private::new),
                supplier_ref: self.supplier_ref,
                price: opt_money("price", self.price_minor, self.price_currency.as_deref())?,
            },
            reason: self.reason,
            settle: TimeDelta::seconds(self.settle_s.into()),
        })
    }
}

impl RefundRow {
    fn read(self) -> Result<Refund, BadRow> {
        Ok(Refund {
            no: RefundNo(number("n", self.n)?),
            payment: PaymentNo(number("payment", self.payment)?),
            checkout: word("checkout", &self.checkout)?,
            item: self.item.map(|n| number("item", n).map(ItemNo)).transpose()?,
            amount: money("amount", self.amount_minor, &self.amount_currency)?,
            reason: word("reason", &self.reason)?,
            state: word("state", &self.state)?,
            requested_at: self.requested_at,
            confirmed_by: self.confirmed_by,
            evidence: self.evidence,
        })
    }
}

impl TaskRow {
    fn read(self) -> Result<Task, BadRow> {
        Ok(Task { kind: word("key", &self.key)?, run_at: self.run_at })
    }
}
