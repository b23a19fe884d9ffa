//! Lists: a page and where the next one begins.

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A full page may have another after it.
    pub fn new(items: Vec<T>, limit: u16, cursor: impl Fn(&T) -> String) -> Self {
        let full = items.len() >= usize::from(limit);
        let next_cursor = if full { items.last().map(cursor) } else { None };
        Self { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let next = |items: Vec<i32>, limit| Page::new(items, limit, i32::to_string).next_cursor;
        assert_eq!(next(vec![3, 2], 2).as_deref(), Some("2"));
        assert_eq!(next(vec![3], 2), None);
        assert_eq!(next(vec![], 2), None);
    }
}
