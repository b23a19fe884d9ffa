//! The text of `/metrics`, read.

/// The numbers of one server.
pub struct Metrics(pub(super) String);

impl Metrics {
    /// A number without labels; `None` when it is not there.
    pub fn number(&self, name: &str) -> Option<u64> {
        let rest = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        rest.trim().parse().ok()
    }

    /// Suppliers whose breaker is not closed.
    pub fn broken_suppliers(&self) -> Vec<String> {
        let label = |line: &str, name: &str| -> Option<String> {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let breakers = self.0.lines().filter(|line| line.starts_with("seberang_supplier_breaker{"));
        let open =
            breakers.filter(|line| line.ends_with(" 1") && label(line, "state").is_some_and(|at| at != "closed"));
        open.filter_map(|line| label(line, "supplier")).collect()
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

    #[test]
    fn a_breaker_that_is_not_closed_is_told_by_its_supplier() {
        let line = |state: &str, supplier: &str, value: u8| {
            format!("seberang_supplier_breaker{{state=\"{state}\",supplier=\"{supplier}\"}} {value}\n")
        };
        let text = [line("open", "iak", 1), line("closed", "lapak", 1), line("half_open", "redision", 0)].concat();
        assert_eq!(Metrics(text).broken_suppliers(), ["iak"]);
    }
}
