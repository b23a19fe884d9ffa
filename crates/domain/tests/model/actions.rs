//! Everything that can happen next in a world.

use domain::catalogue::Offer;
use domain::fulfilment::{Answer, AttemptState, Cause, ItemState, NewAttempt, Next, StatusTrust, SupplierView, choose};
use domain::order::{Claim, ItemResolution, PaymentResolution};
use domain::payment::{CheckoutState, Evidence, NewCheckout, PaidReport, PaymentState};
use domain::refund::RefundState;
use domain::{
    Actor, Currency, GatewayId, Instructions, Money, PayCode, PaymentNo, Private, Reference, SupplierId, TaskKind,
    What, schedule,
};

use crate::world::{Charge, Goods, Job, LARGE, MIDDLE, Phase, SMALL, SpentOn, Truth, World, now};

/// What happened, and the world after it.
pub type After = (&'static str, World);
type Step = Result<(), String>;

const PAYMENT: PaymentNo = PaymentNo(0);
/// Suppliers by price. Only the first one's "not found" proves anything.
const SUPPLIERS: [&str; 3] = ["alpha", "beta", "gamma"];

pub struct Successors<'a> {
    from: &'a World,
    pub next: Vec<After>,
}

impl<'a> Successors<'a> {
    pub fn of(from: &'a World) -> Result<Vec<After>, String> {
        let mut all = Self { from, next: Vec::new() };
        if from.spent_on == SpentOn::Everything {
            all.customer()?;
            all.gateway()?;
        }
        all.suppliers()?;
        all.workers()?;
        all.people()?;
        all.time();
        Ok(all.next)
    }

    /// Adds the world that `change` makes of this one.
    fn add(&mut self, label: &'static str, change: impl FnOnce(&mut World) -> Step) -> Step {
        let mut world = self.from.clone();
        change(&mut world)?;
        self.next.push((label, world));
        Ok(())
    }

    /// The same, if there is a fault left to spend.
    fn fault(&mut self, label: &'static str, change: impl FnOnce(&mut World) -> Step) -> Step {
        if self.from.spent_on != SpentOn::Everything {
            return Ok(());
        }
        self.spend(label, change)
    }

    /// A fault of our own: a worker dies, or is too slow.
    fn crash(&mut self, label: &'static str, change: impl FnOnce(&mut World) -> Step) -> Step {
        if self.from.spent_on == SpentOn::LateSuccess {
            return Ok(());
        }
        self.spend(label, change)
    }

    fn spend(&mut self, label: &'static str, change: impl FnOnce(&mut World) -> Step) -> Step {
        if self.from.faults == 0 {
            return Ok(());
        }
        self.add(label, |world| {
            world.faults -= 1;
            change(world)
        })
    }

    fn told(&mut self, label: &'static str, actor: Actor, what: What) -> Step {
        self.add(label, |world| world.tell(actor, what).map(drop))
    }

    fn customer(&mut self) -> Step {
        let from = self.from;
        let customer = || Actor::Customer(from.order.customer);
        let opened = from.order.checkouts.len();
        if opened < 2 {
            let new = NewCheckout {
                payment: PAYMENT,
                reference: named('C', opened),
                gateway: gateway(),
                account: "3002607".parse().unwrap(),
                method: "credit".into(),
                code_life: None,
                lag: SMALL,
            };
            if opened == 0 {
                self.told("the customer opens a checkout", customer(), What::CheckoutOpened(new))?;
            } else {
                self.fault("the customer opens another page", |w| {
                    w.tell(customer(), What::CheckoutOpened(new)).map(drop)
                })?;
            }
        }
        if from.order.payments[0].state == PaymentState::Pending {
            self.told("the customer cancels", customer(), What::Cancelled { payment: PAYMENT })?;
        }
        for checkout in 0..opened {
            let paid = from.charges.iter().filter(|c| c.checkout == checkout).count();
            let right = from.order.payments[0].amount;
            let wrong = Money::from_minor(right.minor() - 100, Currency::Twd);
            match (paid, from.charges.len()) {
                (0, 0) => {
                    self.add("the customer pays", |w| pay(w, checkout, right, true))?;
                    self.fault("the customer pays, no notice", |w| pay(w, checkout, right, false))?;
                    self.fault("the customer pays another amount", |w| pay(w, checkout, wrong, true))?;
                }
                (0, _) => self.add("the customer pays twice", |w| pay(w, checkout, right, true))?,
                (1, 1) => self.fault("one page takes the money twice", |w| pay(w, checkout, right, true))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn gateway(&mut self) -> Step {
        let from = self.from;
        for charge in &from.charges {
            if charge.notices {
                let report = report(from, charge, Evidence::Notice);
                self.told("a notice arrives", Actor::Gateway(gateway()), What::Paid(report))?;
            }
            if !from.is_booked(charge) {
                let report = report(from, charge, Evidence::Settlement);
                self.told("the settlement names the money", Actor::Gateway(gateway()), What::Paid(report))?;
            }
        }
        for checkout in &from.order.checkouts {
            let reference = checkout.reference.clone();
            if checkout.state == CheckoutState::Open {
                let declined = What::CheckoutDeclined { reference: reference.clone(), code: "no".into() };
                self.fault("a try is declined", |w| w.tell(Actor::Gateway(gateway()), declined).map(drop))?;
                let code = PayCode::StoreCode(Private::new("LLL"));
                let instructions = Instructions { code, payable_until: now() + MIDDLE + MIDDLE };
                let issued = What::Instructions { reference, instructions, lag: SMALL };
                self.fault("a code is issued", |w| w.tell(Actor::Gateway(gateway()), issued).map(drop))?;
            } else if checkout.state == CheckoutState::Paid && from.order.payments[0].review.is_none() {
                let amount = checkout.received.ok_or("paid without money")?;
                let what =
                    What::ChargedBack { reference, amount, case: "case-1".into(), evidence: "the console".into() };
                self.fault("the bank takes the money back", |world| {
                    let booked = world.tell(Actor::Gateway(gateway()), what)?;
                    world.disputed += if booked { amount.minor() } else { 0 };
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    fn suppliers(&mut self) -> Step {
        for (reference, goods) in &self.from.goods {
            let set = |truth: Truth| {
                move |world: &mut World| {
                    world.goods.entry(reference.clone()).and_modify(|g| g.truth = truth);
                    Ok(())
                }
            };
            let late = |world: &mut World| {
                let delivered = Truth::Delivered { serial: true };
                world.goods.entry(reference.clone()).and_modify(|g| (g.truth, g.late) = (delivered, true));
                Ok(())
            };
            match goods.truth {
                Truth::Travelling => {
                    self.add("the supplier delivers at once", set(Truth::Delivered { serial: true }))?;
                    self.add("the supplier starts working", set(Truth::Working))?;
                    self.add("the supplier refuses", set(Truth::Refused(Cause::Supplier)))?;
                    self.fault("the supplier says: bought before", set(Truth::Refused(Cause::Repeat)))?;
                    self.fault("the request is lost", set(Truth::NeverFormed))?;
                }
                Truth::Working => {
                    self.add("the supplier delivers", set(Truth::Delivered { serial: true }))?;
                    self.add("the supplier fails", set(Truth::Failed(Cause::Customer)))?;
                    let label = "the supplier fails by its own fault";
                    match self.from.spent_on {
                        SpentOn::LateSuccess => self.add(label, set(Truth::Failed(Cause::Supplier)))?,
                        SpentOn::Everything | SpentOn::Crashes => {
                            self.fault(label, set(Truth::Failed(Cause::Supplier)))?
                        }
                    }
                    self.fault("the supplier delivers without serial", set(Truth::Delivered { serial: false }))?;
                }
                Truth::Delivered { serial } => {
                    if !serial {
                        self.add("the serial comes", set(Truth::Delivered { serial: true }))?;
                    }
                    self.fault("the supplier takes the delivery back", set(Truth::Reversed))?;
                }
                Truth::Refused(_) | Truth::Failed(_) | Truth::Reversed => match self.from.spent_on {
                    SpentOn::LateSuccess => self.spend("delivered after all", late)?,
                    SpentOn::Everything | SpentOn::Crashes => self.fault("delivered after all", late)?,
                },
                Truth::NeverFormed => {}
            }
            if let Some(claim) = news(self.from, reference, goods.truth) {
                let what = What::Nudged { reference: reference.clone(), claim, vouched: false };
                self.told("the supplier calls", Actor::Engine, what)?;
            }
            if let Some(what) = proof(self.from, reference, goods.truth) {
                self.told("a signed delivery is told, perhaps again", Actor::Engine, what)?;
            }
        }
        Ok(())
    }

    fn workers(&mut self) -> Step {
        for task in &self.from.order.tasks {
            if self.from.is_due(&task.kind) && !self.from.is_leased(&task.kind) {
                self.claim(&task.kind)?;
            }
        }
        for place in 0..self.from.jobs.len() {
            self.work(place)?;
            self.crash("a worker dies", |world| {
                world.jobs.remove(place);
                Ok(())
            })?;
            if !self.from.jobs[place].lease_over {
                self.crash("a lease runs out", |world| {
                    world.jobs[place].lease_over = true;
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// A worker takes a due task, loads the order and looks at the outside.
    fn claim(&mut self, kind: &TaskKind) -> Step {
        let from = self.from;
        match kind {
            // These touch nothing outside: a crash before their commit changes nothing.
            TaskKind::Refund(no) => self.told("a refund comes due", Actor::Engine, What::RefundDue { refund: *no }),
            TaskKind::Review => Err("a reminder is never due here".into()),
            TaskKind::Payment(_) | TaskKind::Confirm(_) | TaskKind::Item(_) | TaskKind::Recheck(_)
                if from.jobs.len() == 2 =>
            {
                Ok(())
            }
            TaskKind::Payment(_) => self.ask_gateway(kind),
            TaskKind::Confirm(reference) => self.confirm(kind, reference),
            TaskKind::Item(no) => {
                let item = from.order.item(*no).ok_or("a task of no item")?;
                match (item.state, from.order.live_attempt(item)) {
                    (ItemState::Queued, _) => self.buy(kind, *no),
                    (_, Some(attempt)) => self.ask(kind, &attempt.reference),
                    (_, None) => Err(format!("nothing to do for {kind}")),
                }
            }
            TaskKind::Recheck(reference) => self.ask(kind, reference),
        }
    }

    fn job(&mut self, label: &'static str, kind: &TaskKind, event: What) -> Step {
        let job =
            Job { task: kind.clone(), lease_over: false, phase: Phase::Commit, attempt: None, event: Some(event) };
        self.add(label, |world| {
            world.jobs.push(job);
            Ok(())
        })
    }

    fn ask_gateway(&mut self, kind: &TaskKind) -> Step {
        let from = self.from;
        let paid = from.charges.iter().find(|c| from.order.checkouts[c.checkout].state != CheckoutState::Paid);
        let unpaid: Vec<Reference> = (from.order.checkouts.iter().enumerate())
            .filter(|(place, _)| !from.charges.iter().any(|c| c.checkout == *place))
            .map(|(_, checkout)| checkout.reference.clone())
            .collect();
        let event = match paid {
            Some(charge) => What::Paid(report(from, charge, Evidence::Query)),
            None => What::GatewayAsked { payment: PAYMENT, unpaid, retry_after: None },
        };
        self.job("the gateway is asked about a payment", kind, event)?;
        let retry_after = Some(schedule::PAYMENT_QUERY_SPACING);
        let event = What::GatewayAsked { payment: PAYMENT, unpaid: Vec::new(), retry_after };
        self.fault("the gateway does not answer", |world| {
            let job =
                Job { task: kind.clone(), lease_over: false, phase: Phase::Commit, attempt: None, event: Some(event) };
            world.jobs.push(job);
            Ok(())
        })
    }

    fn confirm(&mut self, kind: &TaskKind, reference: &Reference) -> Step {
        let from = self.from;
        let place = from.order.checkouts.iter().position(|c| c.reference == *reference).ok_or("no checkout")?;
        match from.charges.iter().find(|c| c.checkout == place) {
            Some(charge) => {
                let event = What::Paid(report(from, charge, Evidence::Query));
                self.job("an open page turns out paid", kind, event)?;
            }
            None => self.job("an open page is unpaid", kind, What::SecondDenied { reference: reference.clone() })?,
        }
        let retry_after = schedule::PAYMENT_QUERY_SPACING;
        let unsure = What::SecondUnsure { reference: reference.clone(), retry_after };
        self.fault("a second payment cannot be asked about", |w| w.tell(Actor::Engine, unsure).map(drop))
    }

    fn buy(&mut self, kind: &TaskKind, no: domain::ItemNo) -> Step {
        let from = self.from;
        let item = from.order.item(no).ok_or("no item")?;
        let sellers = || SUPPLIERS.iter().take(from.suppliers);
        let offers = sellers().map(|supplier| Offer {
            product: item.product.clone(),
            supplier: supplier.parse().unwrap(),
            code: "p".into(),
            cost: item.cost,
            active: true,
            closed: None,
        });
        let views = (0..).zip(sellers()).map(|(rank, supplier)| SupplierView {
            supplier: supplier.parse().unwrap(),
            rank,
            shut: None,
            too_dear: None,
            opened: None,
        });
        let choice = match choose(&from.order, item, &offers.collect::<Vec<_>>(), &views.collect::<Vec<_>>(), now()) {
            Next::Try(choice) => choice,
            Next::Exhausted => return self.job("no offer is left", kind, What::NoOffer { item: no }),
            Next::Wait(_) => {
                return self.add("the suppliers are out of reach", |world| {
                    world.order.tasks.iter_mut().filter(|t| t.kind == *kind).for_each(|t| t.run_at = now() + SMALL);
                    Ok(())
                });
            }
        };
        let attempt = NewAttempt {
            item: no,
            supplier: choice.offer.supplier,
            account: "seberang".parse().unwrap(),
            reference: fresh(from, no.0),
            code: choice.offer.code,
            cost: choice.offer.cost,
            reason: String::new(),
            settle: schedule::REFUND_SETTLE,
        };
        let phase = if from.send_first { Phase::Send } else { Phase::Reserve };
        let job = Job { task: kind.clone(), lease_over: false, phase, attempt: Some(attempt), event: None };
        self.add("an offer is chosen", |world| {
            world.jobs.push(job);
            Ok(())
        })
    }

    /// Asks a supplier for a status; the commit of what it said comes later.
    fn ask(&mut self, kind: &TaskKind, reference: &Reference) -> Step {
        let from = self.from;
        let attempt = from.order.attempt(reference).ok_or("no attempt")?;
        if attempt.state == AttemptState::Reserved {
            return self.job("a reservation is found", kind, What::SenderLost { reference: reference.clone() });
        }
        let truth = from.goods.get(reference).map_or(Truth::NeverFormed, |g| g.truth);
        let answer = |answer| answered(reference, &attempt.supplier, answer);
        self.job("a status is asked", kind, answer(status(truth)))?;
        let unclear = answer(unclear());
        self.fault("a status is not answered", |world| world.tell(Actor::Engine, unclear).map(drop))
    }

    fn work(&mut self, place: usize) -> Step {
        let job = &self.from.jobs[place];
        match job.phase {
            Phase::Reserve => self.add("a reservation is committed", |world| {
                let attempt = world.jobs[place].attempt.clone().ok_or("nothing to reserve")?;
                let ours = world.tell(Actor::Engine, What::AttemptReserved(attempt))?;
                // Only our own commit, and a lease that lasts, give the right to send.
                if ours && !world.jobs[place].lease_over {
                    world.jobs[place].phase = Phase::Send;
                } else {
                    world.jobs.remove(place);
                }
                Ok(())
            }),
            Phase::Send if job.lease_over => self.add("too late to send", |world| not_sent(world, place)),
            Phase::Send => {
                self.fault("the supplier is out of reach", |world| not_sent(world, place))?;
                self.add("the request is sent", |world| {
                    let attempt = world.jobs[place].attempt.clone().ok_or("nothing to send")?;
                    let absence = trust(&attempt.supplier).absence;
                    let goods = Goods { item: attempt.item.0, absence, truth: Truth::Travelling, late: false };
                    if world.goods.insert(attempt.reference, goods).is_some() {
                        return Err("one reference was sent twice".into());
                    }
                    world.jobs[place].phase = Phase::Await;
                    Ok(())
                })
            }
            Phase::Await => self.receive(place),
            Phase::Commit => self.add("an answer is committed", |world| {
                let job = world.jobs.remove(place);
                world.tell(Actor::Engine, job.event.ok_or("nothing to commit")?).map(drop)
            }),
        }
    }

    fn receive(&mut self, place: usize) -> Step {
        let from = self.from;
        let new = from.jobs[place].attempt.clone().ok_or("nothing was sent")?;
        let truth = from.goods.get(&new.reference).ok_or("nothing was sent")?.truth;
        let hear = |answer: Answer| {
            let event = answered(&new.reference, &new.supplier, answer);
            move |world: &mut World| -> Step {
                // The broken worker reserves only now.
                if world.send_first {
                    let attempt = world.jobs[place].attempt.clone().ok_or("nothing was sent")?;
                    world.tell(Actor::Engine, What::AttemptReserved(attempt))?;
                }
                world.jobs[place].phase = Phase::Commit;
                world.jobs[place].event = Some(event);
                Ok(())
            }
        };
        if !matches!(truth, Truth::Travelling | Truth::NeverFormed) {
            self.add("the reply arrives", hear(status(truth)))?;
        }
        if from.send_first {
            return self.fault("no reply arrives, and nobody knows", |world| {
                world.jobs.remove(place);
                Ok(())
            });
        }
        let timeout = hear(unclear());
        // A request that was lost is never answered; every other silence is a fault.
        if truth == Truth::NeverFormed {
            self.add("no reply arrives", timeout)
        } else {
            self.fault("no reply arrives", timeout)
        }
    }

    /// Operators and finance, who look at the truth before they decide.
    fn people(&mut self) -> Step {
        let from = self.from;
        let rina = || Actor::Operator("rina".into());
        if from.order.payments[0].state == PaymentState::Review {
            for resolution in [PaymentResolution::Accept, PaymentResolution::Return, PaymentResolution::WriteOff] {
                let what = What::PaymentResolved { payment: PAYMENT, resolution, evidence: "seen".into() };
                self.add("an operator decides about the money", |world| {
                    let disputed = world.order.payments[0].review == Some(domain::payment::ReviewReason::ChargedBack);
                    let decided = world.tell(rina(), what)?;
                    if decided && disputed && resolution == PaymentResolution::Accept {
                        world.disputed = 0;
                    }
                    Ok(())
                })?;
            }
        }
        for item in from.order.items.iter().filter(|i| i.state == ItemState::Review) {
            let reference = from.order.live_attempt(item).map(|a| a.reference.clone()).ok_or("no attempt")?;
            let price = item.cost;
            let truth = from.goods.get(&reference).map_or(Truth::NeverFormed, |g| g.truth);
            let resolutions = match truth {
                Truth::Travelling | Truth::Working => vec![],
                Truth::Delivered { .. } => vec![ItemResolution::Delivered { serial: None, price, by: None }],
                _ if !from.retries => vec![ItemResolution::Failed],
                Truth::NeverFormed | Truth::Refused(_) | Truth::Failed(_) | Truth::Reversed => {
                    vec![ItemResolution::Failed, ItemResolution::Retry]
                }
            };
            for resolution in resolutions {
                let what = What::ItemResolved { item: item.no, resolution, evidence: "seen".into() };
                self.told("an operator decides about an item", rina(), what)?;
            }
        }
        if from.order.needs_person() {
            self.told("a review is called again", Actor::Engine, What::ReviewReminder)?;
        }
        for refund in &from.order.refunds {
            let no = refund.no;
            if refund.state != RefundState::Requested {
                self.told("a refund is called again", Actor::Engine, What::RefundDue { refund: no })?;
            }
            if refund.state == RefundState::Manual {
                let what = What::RefundConfirmed { refund: no, evidence: "slip".into() };
                let amount = refund.amount.minor();
                self.add("finance pays a refund", |world| {
                    world.returned += if world.tell(rina(), what)? { amount } else { 0 };
                    Ok(())
                })?;
                let what = What::RefundRejected { refund: no, why: "closed".into() };
                self.fault("a refund is rejected", |world| world.tell(rina(), what).map(drop))?;
            } else if refund.state == RefundState::Failed {
                self.told("a refund is tried again", rina(), What::RefundRetried { refund: no })?;
            }
        }
        Ok(())
    }

    /// Time passes only when nothing is due, nothing travels and nobody works (but for workers whose lease is over).
    fn time(&mut self) {
        let from = self.from;
        let busy =
            from.jobs.iter().any(|j| !j.lease_over || j.phase == Phase::Send || from.spent_on == SpentOn::Crashes)
                || from.goods.values().any(|g| g.truth == Truth::Travelling)
                || from.order.tasks.iter().any(|t| from.is_due(&t.kind));
        if !busy {
            for (label, time) in [("minutes pass", SMALL), ("an hour passes", MIDDLE), ("a day passes", LARGE)] {
                let mut world = from.clone();
                world.pass(time);
                self.next.push((label, world));
            }
        }
    }
}

/// An order of so many items whose money is in.
pub fn bought(items: usize, faults: u8) -> Result<World, String> {
    let mut world = World::placed(items, faults);
    for label in ["the customer opens a checkout", "the customer pays", "a notice arrives"] {
        let next = Successors::of(&world)?.into_iter().find(|(l, _)| *l == label);
        world = next.ok_or("the order cannot be paid")?.1;
    }
    Ok(World { spent_on: SpentOn::Crashes, retries: items == 1, ..world })
}

/// Nothing left this worker, and it knows.
fn not_sent(world: &mut World, place: usize) -> Step {
    let new = world.jobs[place].attempt.clone().ok_or("nothing to send")?;
    let answer = Answer::Refused { cause: Cause::NotFormed, code: "not_sent".into() };
    world.jobs[place].phase = Phase::Commit;
    world.jobs[place].event = Some(answered(&new.reference, &new.supplier, answer));
    Ok(())
}

fn gateway() -> GatewayId {
    "ecpay".parse().unwrap()
}

fn named(kind: char, n: usize) -> Reference {
    format!("{}{}", kind.to_string().repeat(19), char::from(b'A' + u8::try_from(n).unwrap())).parse().unwrap()
}

/// The item's first reference nobody ever used or is about to use.
fn fresh(world: &World, item: u16) -> Reference {
    let planned = |r: &Reference| world.jobs.iter().any(|j| j.attempt.as_ref().is_some_and(|a| a.reference == *r));
    let used = |r: &Reference| world.goods.contains_key(r) || world.order.attempt(r).is_some() || planned(r);
    let names = ['P', 'Q'];
    (0..20).map(|n| named(names[usize::from(item)], n)).find(|r| !used(r)).unwrap()
}

fn pay(world: &mut World, checkout: usize, amount: Money, notices: bool) -> Step {
    let transaction = format!("T{}", world.charges.len());
    world.charges.push(Charge { checkout, transaction, amount, notices });
    Ok(())
}

fn report(world: &World, charge: &Charge, evidence: Evidence) -> PaidReport {
    let checkout = &world.order.checkouts[charge.checkout];
    PaidReport {
        gateway: checkout.gateway.clone(),
        account: checkout.account.clone(),
        reference: checkout.reference.clone(),
        transaction: charge.transaction.clone(),
        amount: charge.amount,
        fee: None,
        simulated: false,
        evidence,
    }
}

fn trust(supplier: &SupplierId) -> StatusTrust {
    StatusTrust {
        absence: supplier.as_str() == SUPPLIERS[0],
        game_codes: true,
        request_timeout: chrono::TimeDelta::seconds(30),
    }
}

fn answered(reference: &Reference, supplier: &SupplierId, answer: Answer) -> What {
    What::Answered { reference: reference.clone(), answer, trust: trust(supplier), asked_at: now() }
}

fn unclear() -> Answer {
    Answer::Unclear { why: "timeout".into() }
}

fn status(truth: Truth) -> Answer {
    match truth {
        Truth::Travelling | Truth::NeverFormed => Answer::NotFound,
        Truth::Working => Answer::Pending { supplier_ref: None, price: None },
        Truth::Delivered { serial } => {
            Answer::Delivered { serial: serial.then(|| Private::new("SN")), price: None, supplier_ref: None }
        }
        Truth::Refused(cause) => Answer::Refused { cause, code: "206".into() },
        Truth::Failed(cause) => Answer::Failed { cause, code: "14".into() },
        Truth::Reversed => Answer::Failed { cause: Cause::Supplier, code: "reversed".into() },
    }
}

/// A notice of a delivery, signed anew whenever it is sent: it says what was true once.
fn proof(world: &World, reference: &Reference, truth: Truth) -> Option<What> {
    let told = match truth {
        Truth::Delivered { .. } => truth,
        Truth::Reversed => Truth::Delivered { serial: true },
        Truth::Travelling | Truth::NeverFormed | Truth::Working | Truth::Refused(_) | Truth::Failed(_) => return None,
    };
    let trust = trust(&world.order.attempt(reference)?.supplier);
    Some(What::Proved { reference: reference.clone(), answer: status(told), trust })
}

/// What a supplier's call would say that the order does not know.
fn news(world: &World, reference: &Reference, truth: Truth) -> Option<Claim> {
    let state = world.order.attempt(reference)?.state;
    let claim = match truth {
        Truth::Delivered { .. } => Claim::Delivered,
        Truth::Refused(_) | Truth::Failed(_) | Truth::Reversed => Claim::NotDelivered,
        Truth::Travelling | Truth::NeverFormed | Truth::Working => return None,
    };
    let known = match state {
        AttemptState::Reserved | AttemptState::Pending | AttemptState::Unknown => false,
        AttemptState::Done => claim == Claim::Delivered,
        AttemptState::Refused | AttemptState::Failed | AttemptState::Reversed => claim == Claim::NotDelivered,
    };
    (!known).then_some(claim)
}
