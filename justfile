# Shortcuts; each is one cargo line. `cargo xtask --help` explains them.

# PostgreSQL, sandbox and server; e.g. `just demo --headless --orders 300 --seed 1 --json`
demo *flags:
    cargo xtask demo {{flags}}

# every check
test:
    cargo xtask test

# each supplier's contract, e.g. `just conformance iak`
conformance *flags:
    cargo xtask conformance {{flags}}

# the long runs
soak:
    cargo xtask soak

# what the server does beside what PostgreSQL can do, e.g. `just bench --quick`
bench *flags:
    cargo xtask bench {{flags}}

# install what is missing
deps:
    cargo xtask deps

fmt:
    cargo fmt --all

clippy:
    cargo clippy --workspace --all-targets --all-features -- -D warnings
