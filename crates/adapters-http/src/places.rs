//! Places for the requests that are served at once. Whoever finds none is told so before anybody looks at what they want:
//! under a load that cannot be carried this is what is done most often, so it must cost next to nothing.

use std::sync::Arc;

use actix_web::dev::ServiceResponse;
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

/// Where new orders come in. As many as can be worked off, when what is paid waits.
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
struct Place {
    #[expect(dead_code, reason = "held, not read")]
    permit: OwnedSemaphorePermit,
    entry: Option<Entry>,
}

/// Of a new order that may come in. Goes back to the others unless it was used.
struct Entry(Option<web::Data<Engine>>);

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(engine) = self.0.take() {
            engine.left_again();
        }
    }
}

/// Takes a place for this request, if it needs one.
pub fn take(request: &HttpRequest) -> Result<(), Problem> {
    let Some(places) = request
        .app_data::<web::Data<Places>>()
        .filter(|_| !NEEDS_NONE.iter().any(|path| request.path().starts_with(path)))
    else {
        return Ok(());
    };
    let place = places.find(request).inspect_err(|_full| places.turned_away.inc())?;
    request.extensions_mut().insert(place);
    Ok(())
}

impl Places {
    fn find(&self, request: &HttpRequest) -> Result<Place, Problem> {
        let free = Arc::clone(&self.free).try_acquire_owned();
        let permit = free.map_err(|_full| overloaded("Too many requests are being served"))?;
        Ok(Place { permit, entry: entry(request)? })
    }
}

fn entry(request: &HttpRequest) -> Result<Option<Entry>, Problem> {
    let orders = request.method() == Method::POST && request.path() == ORDERS;
    let Some(engine) = request.app_data::<web::Data<Engine>>().filter(|_| orders) else { return Ok(None) };
    if engine.let_in() {
        Ok(Some(Entry(Some(engine.clone()))))
    } else {
        Err(overloaded("Too many orders wait for their goods"))
    }
}

fn overloaded(title: &'static str) -> Problem {
    Problem::unavailable("overloaded", title, FULL_RETRY_S).detail("nothing was done; ask again, with the same key")
}

/// Somebody else may have it.
pub fn leave(request: &HttpRequest) {
    request.extensions_mut().remove::<Place>();
}

/// The same after the answer. Whoever has ordered has used what let them in.
pub fn served<B>(response: &ServiceResponse<B>) {
    let place = response.request().extensions_mut().remove::<Place>();
    if response.status().is_success()
        && let Some(mut entry) = place.and_then(|place| place.entry)
    {
        entry.0 = None;
    }
}
