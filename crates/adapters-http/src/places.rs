//! Places for the requests that are served at once. Whoever finds none is told so before anybody looks at what they want:
//! under a load that cannot be carried this is what is done most often, so it must cost next to nothing.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{HttpMessage, HttpRequest, web};
use engine::Engine;
use prometheus::IntCounter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// A place is free again within milliseconds; the crowd that wants it has not gone by then.
const FULL_RETRY_S: u32 = 2;
/// Providers bring money and come before everybody else, and a prober must get its answer. By the path as it was sent: whoever
/// spells it in another way takes a place like everybody.
const NEEDS_NONE: [&str; 4] = ["/webhooks/", "/pay/", "/healthz", "/readyz"];

/// Where new orders come in. They wait while those that are paid do.
const ORDERS: &str = "/v1/orders";

/// The places of one listener.
pub struct Places {
    free: Arc<Semaphore>,
    turned_away: IntCounter,
}

impl Places {
    pub fn new(places: usize, turned_away: IntCounter) -> Self {
        Self { free: Arc::new(Semaphore::new(places)), turned_away }
    }
}

/// Held in the request's extensions until its answer is there. The body of a long answer needs none.
struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// Takes a place for this request, if it needs one.
pub fn take(request: &HttpRequest) -> Result<(), Problem> {
    let Some(places) = request
        .app_data::<web::Data<Places>>()
        .filter(|_| !NEEDS_NONE.iter().any(|path| request.path().starts_with(path)))
    else {
        return Ok(());
    };
    if request.method() == Method::POST && request.path() == ORDERS && is_behind(request) {
        places.turned_away.inc();
        return Err(overloaded("Too many orders wait for their goods"));
    }
    match Arc::clone(&places.free).try_acquire_owned() {
        Ok(place) => {
            request.extensions_mut().insert(Place(place));
            Ok(())
        }
        Err(_full) => {
            places.turned_away.inc();
            Err(overloaded("Too many requests are being served"))
        }
    }
}

fn is_behind(request: &HttpRequest) -> bool {
    request.app_data::<web::Data<Engine>>().is_some_and(|engine| engine.is_behind())
}

fn overloaded(title: &'static str) -> Problem {
    Problem::unavailable("overloaded", title, FULL_RETRY_S).detail("nothing was done; ask again, with the same key")
}

/// Somebody else may have it.
pub fn leave(request: &HttpRequest) {
    request.extensions_mut().remove::<Place>();
}
