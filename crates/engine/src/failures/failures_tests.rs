use super::*;
use claviger_testkit::FakeClock;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn ada() -> Source {
    Source::account(Pool::Instance, &"ada@example.com".parse().unwrap())
}

#[test]
fn ten_failures_pass_and_the_next_waits_for_one_to_flow_back() {
    let failures = Failures::default();
    for _ in 0..10 {
        drop(failures.take(&ada(), TEN, at(0)).ok().unwrap());
    }
    assert_eq!(failures.take(&ada(), TEN, at(0)).err(), Some(Duration::from_secs(6)));
    assert_eq!(failures.take(&ada(), TEN, at(2)).err(), Some(Duration::from_secs(4)));
    assert!(failures.take(&ada(), TEN, at(6)).is_ok());
    assert!(failures.take(&ada(), TEN, at(6)).is_err());
}

#[test]
fn a_ticket_given_back_counts_for_nothing() {
    let failures = Failures::default();
    for _ in 0..1_000 {
        failures.take(&ada(), TEN, at(0)).ok().unwrap().give_back();
    }
}

#[test]
fn a_look_takes_nothing_and_says_how_long_it_will_be() {
    let failures = Failures::default();
    let look = |seconds| failures.wait(&ada(), TEN, at(seconds));
    for _ in 0..10 {
        assert_eq!((look(0), look(0)), (None, None));
        drop(failures.take(&ada(), TEN, at(0)).ok().unwrap());
    }
    assert_eq!(look(0), Some(Duration::from_secs(6)));
    assert_eq!(look(2), Some(Duration::from_secs(4)));
    assert_eq!(look(6), None);
    assert!(failures.take(&ada(), TEN, at(6)).is_ok());
    assert_eq!(look(6), Some(Duration::from_secs(6)));
}

#[test]
fn a_clock_that_jumps_back_shuts_nobody_out_for_longer_than_a_window() {
    let failures = Failures::default();
    for _ in 0..10 {
        drop(failures.take(&ada(), TEN, at(1_000_000)).ok().unwrap());
    }
    assert!(failures.take(&ada(), TEN, at(0)).err().unwrap() <= WINDOW);
}

#[test]
fn one_customer_of_ipv6_is_one_source() {
    let source = |text: &str| Source::address(Some(text.parse().unwrap()));
    assert!(source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff::9"));
    assert!(source("2001:db8:1:2::1") != source("2001:db8:1:3::1"));
    assert!(source("::ffff:192.0.2.1") == source("192.0.2.1"));
    assert!(source("192.0.2.1") != source("192.0.2.2"));
}

/// One look at whether it is ready.
fn look<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_hundred_that_succeed_at_once_all_pass_and_never_more_than_ten_are_under_way() {
    let (failures, clock) = (Arc::new(Failures::default()), FakeClock::at(at(0)));
    let under_way = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let (failures, clock, under_way) = (Arc::clone(&failures), clock.clone(), Arc::clone(&under_way));
            tokio::spawn(async move {
                let ticket = failures.admit(&ada(), TEN, &clock).await.ok().unwrap();
                let now = under_way.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                under_way.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                ticket.give_back();
                now
            })
        })
        .collect();
    for attempt in attempts {
        assert!(attempt.await.unwrap() <= 10);
    }
}

#[tokio::test]
async fn whoever_waits_is_refused_once_those_before_have_failed_and_passes_for_each_that_succeeded() {
    let (failures, clock, ada) = (Failures::default(), FakeClock::at(at(0)), ada());
    let mut tickets: Vec<_> = (0..10).map(|_| failures.take(&ada, TEN, at(0)).ok().unwrap()).collect();
    let mut first = pin!(failures.admit(&ada, TEN, &clock));
    let mut second = pin!(failures.admit(&ada, TEN, &clock));
    assert!(look(first.as_mut()).is_pending() && look(second.as_mut()).is_pending());
    tickets.pop().unwrap().give_back();
    let Poll::Ready(Ok(ticket)) = look(first.as_mut()) else { panic!("there is room for one") };
    assert!(look(second.as_mut()).is_pending(), "and for no more");
    drop(tickets);
    assert!(look(second.as_mut()).is_pending(), "one is still under way");
    drop(ticket);
    let Poll::Ready(Err(wait)) = look(second.as_mut()) else { panic!("all have failed") };
    assert_eq!(wait, Duration::from_secs(6));
}

#[tokio::test]
async fn whoever_hangs_up_while_waiting_keeps_nobody_else_from_passing() {
    let (failures, clock, ada) = (Failures::default(), FakeClock::at(at(0)), ada());
    let mut tickets: Vec<_> = (0..10).map(|_| failures.take(&ada, TEN, at(0)).ok().unwrap()).collect();
    let mut first = Box::pin(failures.admit(&ada, TEN, &clock));
    let mut second = pin!(failures.admit(&ada, TEN, &clock));
    assert!(look(first.as_mut()).is_pending() && look(second.as_mut()).is_pending());
    tickets.pop().unwrap().give_back();
    drop(first);
    assert!(matches!(look(second.as_mut()), Poll::Ready(Ok(_))));
}

#[tokio::test]
async fn nobody_waits_in_a_line_without_end() {
    let (failures, clock, ada) = (Failures::default(), FakeClock::at(at(0)), ada());
    let held: Vec<_> = (0..10).map(|_| failures.take(&ada, TEN, at(0)).ok().unwrap()).collect();
    let mut line: Vec<_> = (0..512).map(|_| Box::pin(failures.admit(&ada, TEN, &clock))).collect();
    assert!(line.iter_mut().all(|waiting| look(waiting.as_mut()).is_pending()));
    assert_eq!(failures.admit(&ada, TEN, &clock).await.err(), Some(Duration::from_secs(6)));
    line.pop();
    assert!(look(pin!(failures.admit(&ada, TEN, &clock))).is_pending(), "a place came free");
    drop(held);
}
