//! When a breaker opens, whom it lets in then, and what closes it again.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Moment {
    Moment::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

/// A call that is sent and heard of at once.
fn call(breaker: &mut Breaker, seen: Seen, second: i64) -> Option<BreakerChange> {
    let call = breaker.sent(at(second));
    breaker.heard(call, seen, at(second))
}

/// Trouble time and again from this second on, until it opens.
fn opened(breaker: &mut Breaker, second: i64) {
    for n in 1.. {
        if call(breaker, Seen::Trouble, second).is_some() {
            assert!(n <= 5);
            return;
        }
    }
}

#[test]
fn five_troubles_in_a_row_open_it_and_an_answer_between_them_does_not() {
    let mut breaker = Breaker::default();
    for second in 0..4 {
        assert_eq!(call(&mut breaker, Seen::Trouble, second), None);
    }
    assert_eq!(call(&mut breaker, Seen::Answered, 4), None);
    for second in 100..104 {
        assert_eq!(call(&mut breaker, Seen::Trouble, second), None);
    }
    assert_eq!(call(&mut breaker, Seen::Trouble, 104), Some(BreakerChange::Opened));
    assert!(!breaker.admits(at(104)));
    assert_eq!(breaker.shut_until(at(104)), Some(at(119)));
}

#[test]
fn half_of_a_minute_in_trouble_opens_it_and_less_does_not() {
    let mut less = Breaker::default();
    let mut half = Breaker::default();
    let mut opens = None;
    for n in 0..10 {
        assert_eq!(call(&mut less, if n % 3 == 0 { Seen::Trouble } else { Seen::Answered }, n), None);
        opens = call(&mut half, if n % 2 == 1 { Seen::Trouble } else { Seen::Answered }, n);
    }
    assert_eq!(opens, Some(BreakerChange::Opened));
    let mut slow = Breaker::default();
    for n in 0..40 {
        let seen = if n % 2 == 1 { Seen::Trouble } else { Seen::Answered };
        assert_eq!(call(&mut slow, seen, n * 10), None, "what is older than a minute does not count");
    }
}

#[test]
fn calls_that_hang_open_it_before_they_time_out() {
    let mut breaker = Breaker::default();
    let calls: Vec<_> = (0..8).map(|_| breaker.sent(at(0))).collect();
    assert_eq!(breaker.look(at(4)), None);
    assert_eq!(breaker.look(at(5)), Some(BreakerChange::Opened));
    let mut alive = Breaker::default();
    for _ in 0..8 {
        alive.sent(at(0));
    }
    call(&mut alive, Seen::Answered, 3);
    assert_eq!(alive.look(at(5)), None, "it answers others");
    // What ends after it opened changes nothing, and keeps no probe away.
    for call in calls.into_iter().take(4) {
        assert_eq!(breaker.heard(call, Seen::Trouble, at(6)), None);
    }
    assert!(breaker.admits(at(20)));
}

#[test]
fn one_at_a_time_tries_it_again_and_three_answers_let_everybody_in() {
    let mut breaker = Breaker::default();
    opened(&mut breaker, 0);
    assert!(!breaker.admits(at(14)));
    assert!(breaker.admits(at(15)));
    let probe = breaker.sent(at(15));
    assert!(!breaker.admits(at(16)), "somebody tries it just now");
    assert_eq!(breaker.shut_until(at(16)), Some(at(21)));
    assert_eq!(breaker.heard(probe, Seen::Answered, at(17)), None);
    assert_eq!(call(&mut breaker, Seen::Answered, 18), None);
    assert_eq!(call(&mut breaker, Seen::Answered, 19), Some(BreakerChange::Closed));
    assert!(breaker.admits(at(19)));
    assert_eq!(breaker.shut_until(at(19)), None);
}

#[test]
fn a_probe_in_trouble_shuts_it_for_longer_each_time_until_it_was_calm() {
    let mut breaker = Breaker::default();
    opened(&mut breaker, 0);
    let mut now = 0;
    for shut in [15, 30, 60, 120, 300, 300] {
        assert_eq!(breaker.state(), BreakerState::Open { until: at(now + shut) });
        now += shut;
        assert_eq!(call(&mut breaker, Seen::Trouble, now), Some(BreakerChange::Opened));
    }
    now += 300;
    for _ in 0..3 {
        call(&mut breaker, Seen::Answered, now);
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
    now += 1_800;
    call(&mut breaker, Seen::Answered, now);
    opened(&mut breaker, now);
    assert_eq!(breaker.state(), BreakerState::Open { until: at(now + 15) });
}

#[test]
fn a_probe_that_is_never_heard_of_keeps_nobody_away_for_ever() {
    let mut breaker = Breaker::default();
    opened(&mut breaker, 0);
    breaker.sent(at(15));
    assert!(!breaker.admits(at(100)));
    assert!(breaker.admits(at(135)));
}

#[test]
fn what_another_process_found_counts_here_if_it_is_longer() {
    let mut breaker = Breaker::default();
    breaker.told_open(at(30));
    assert!(!breaker.admits(at(29)));
    breaker.told_open(at(20));
    assert_eq!(breaker.state(), BreakerState::Open { until: at(30) });
    assert!(breaker.admits(at(30)));
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_out_longer_than_ever() {
    let mut breaker = Breaker::default();
    opened(&mut breaker, 3_600);
    breaker.look(at(0));
    assert_eq!(breaker.shut_until(at(0)), Some(at(0) + LONGEST_OPEN));
}

proptest! {
    /// Whatever happens, a supplier that answers from some moment on is used again by everybody.
    #[test]
    fn nobody_is_shut_out_for_ever(troubles in prop::collection::vec((any::<bool>(), 0..20_i64), 0..200)) {
        let mut breaker = Breaker::default();
        let mut now = 0;
        for (trouble, wait) in troubles {
            now += wait;
            if breaker.admits(at(now)) {
                call(&mut breaker, if trouble { Seen::Trouble } else { Seen::Answered }, now);
            }
            let until = breaker.shut_until(at(now));
            prop_assert_eq!(until.is_none(), breaker.admits(at(now)));
            prop_assert!(until.is_none_or(|until| until > at(now) && until <= at(now + 300)));
        }
        for _ in 0..12 {
            now += 300;
            if breaker.admits(at(now)) {
                call(&mut breaker, Seen::Answered, now);
            }
        }
        prop_assert_eq!(breaker.state(), BreakerState::Closed);
    }
}

#[test]
fn what_another_process_says_opens_and_closes_it_and_loses_no_call() {
    let mut breaker = Breaker::default();
    let call = breaker.sent(at(0));
    breaker.told_open(at(15));
    assert_eq!((breaker.admits(at(14)), breaker.waiting()), (false, 1));
    breaker.told_closed();
    assert!(breaker.admits(at(14)));
    assert_eq!(breaker.heard(call, Seen::Answered, at(14)), None);
    assert_eq!(breaker.waiting(), 0);
}
