//! The text of `/metrics`, read.

/// The numbers of one server.
pub struct Metrics(pub(super) String);

impl Metrics {
    /// A number without labels; `None` when it is not there.
    pub fn number(&self, name: &str) -> Option<u64> {
        let rest = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        rest.trim().parse().ok()
    }

    /// Suppliers whose breaker stands at this word.
    pub fn suppliers_at(&self, state: &str) -> Vec<String> {
        let label = |line: &str, name: &str| -> Option<String> {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let breakers = self.0.lines().filter(|line| line.starts_with("seberang_supplier_breaker{"));
        let there = breakers.filter(|line| line.ends_with(" 1") && label(line, "state").is_some_and(|at| at == state));
        there.filter_map(|line| label(line, "supplier")).collect()
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
    fn a_supplier_is_told_by_where_its_breaker_stands() {
        let line = |state: &str, supplier: &str, value: u8| {
            format!("seberang_supplier_breaker{{state=\"{state}\",supplier=\"{supplier}\"}} {value}\n")
        };
        let text = [line("open", "iak", 1), line("half_open", "iak", 0), line("half_open", "lapak", 1)].concat();
        let metrics = Metrics(text);
        assert_eq!(
            (metrics.suppliers_at("open"), metrics.suppliers_at("half_open")),
            (vec!["iak".to_owned()], vec!["lapak".to_owned()])
        );
    }
}
