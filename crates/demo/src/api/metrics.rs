//! The text of `/metrics`, read.

/// The numbers of one server.
pub struct Metrics(pub(super) String);

impl Metrics {
    /// A number without labels; `None` when it is not there.
    pub fn number(&self, name: &str) -> Option<u64> {
        let rest = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        rest.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_whole_name() {
        let text = "# HELP a b\nseberang_tasks_live 7\nseberang_tasks_live_x 8\nseberang_x{a=\"b\"} 9\n";
        let metrics = Metrics(text.to_owned());
        assert_eq!(metrics.number("seberang_tasks_live"), Some(7));
        assert_eq!(metrics.number("seberang_tasks"), None);
        assert_eq!(metrics.number("seberang_x"), None);
    }
}
