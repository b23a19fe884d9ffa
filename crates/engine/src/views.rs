//! What is known of the suppliers at this moment, for the choice between them. Nothing is asked here.

use domain::Moment;
use domain::catalogue::Category;
use domain::fulfilment::{Shut, SupplierView};

use crate::Engine;

impl Engine {
    /// All suppliers of this installation, as they are for goods of this kind.
    pub(crate) fn views(&self, category: Category, now: Moment) -> Vec<SupplierView> {
        let views = self.suppliers.iter().map(|(id, slot)| {
            let closed = slot.closed.iter().filter_map(|closed| closed.until(category, now));
            SupplierView { supplier: id.clone(), rank: slot.rank, shut: closed.max().map(Shut::Closed) }
        });
        views.collect()
    }
}
