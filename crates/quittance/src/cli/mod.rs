//! The command line.

mod access;
mod events;
mod people;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::database::Database;
use crate::events::EventOptions;
use crate::gateways::Key;

pub(crate) use access::{ApiKeys, Audit, CustomFields, Roles};
pub(crate) use events::Events;
pub(crate) use people::{Clients, Door, Users};

/// Credit balances and refunds: what a business owes back to its customers, paid back exactly once.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Human tables, or JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables for people.
    #[default]
    Table,
    /// JSON for programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API
    ///
    /// On first start an administrator's API key is made and shown once.
    ///
    /// Example: quittance serve --database sqlite:books.db
    Serve(Serve),
    /// Start a sample business in a fresh directory and show what to try
    ///
    /// Example: quittance demo
    Demo(Demo),
    /// Import invoice lines, or a history that was exported
    ///
    /// Example: quittance import online-retail lines.csv.zst --settle --database sqlite:books.db
    Import(Import),
    /// Write every document, the journal and the history to files
    ///
    /// Example: quittance export --database sqlite:books.db --out books-2026 --format csv
    Export(Export),
    /// Derive every balance again from the history and check every invariant
    ///
    /// Works beside a running server. Exit code 1 names the first broken invariant.
    ///
    /// Example: quittance verify --database sqlite:books.db
    Verify(Verify),
    /// Seal the history, or show the head of the record to keep elsewhere
    ///
    /// A running server seals by itself, every second.
    ///
    /// Example: quittance audit head --key-file key.hex --database sqlite:books.db
    #[command(subcommand)]
    Audit(Audit),
    /// Show the balances of an account, now or on any day
    ///
    /// Example: quittance balance A00000001 --as-of 2026-06-30 --database sqlite:books.db
    Balance(Balance),
    /// Show what happened on an account
    ///
    /// Example: quittance statement A00000001 --from 2026-01-01 --database sqlite:books.db
    Statement(Statement),
    /// Refund a credit balance externally: by cheque, wire, cash
    ///
    /// Without --amount all that is available. With --dry-run only shows what it would do.
    ///
    /// Example: quittance refund A00000001 --method check --reference "chq 4711" --database sqlite:books.db
    Refund(Refund),
    /// Make, list, change and revoke API keys
    ///
    /// Example: quittance key create "web shop" --role "Payments Standard User" --database sqlite:books.db
    #[command(subcommand)]
    Key(ApiKeys),
    /// Make, list, change and disable users: people who log in
    ///
    /// Example: quittance user add ada@example.com --role Administrator --database sqlite:books.db
    #[command(subcommand)]
    User(Users),
    /// Make, list, change and revoke API clients: programs with tokens
    ///
    /// Example: quittance client create web-shop --role "Payments Standard User" --database sqlite:books.db
    #[command(subcommand)]
    Client(Clients),
    /// List, make and change roles: named sets of permissions
    ///
    /// Example: quittance role create "Refund desk" --permission view_accounts --permission credit_balance_electronic_refund --database sqlite:books.db
    #[command(subcommand)]
    Role(Roles),
    /// List, define and change custom fields
    ///
    /// Example: quittance custom-field create refund Region__c --required --database sqlite:books.db
    #[command(subcommand)]
    CustomField(CustomFields),
    /// Show who an API key belongs to, and what it may do
    ///
    /// Example: quittance whoami --server http://127.0.0.1:8080 --api-key qk_...
    Whoami {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what happened, oldest first, as events
    ///
    /// Example: quittance events --after 412.0 --follow --server http://127.0.0.1:8787 --api-key qk_...
    Events(Events),
    /// Measure throughput and latency, with anchors measured in the same run
    ///
    /// Example: quittance bench --rounds 3
    Bench(Bench),
    /// Print the OpenAPI document
    ///
    /// Example: quittance openapi > openapi.json
    Openapi,
    /// Write a consistent copy of the database to a file, also while servers run
    ///
    /// Example: quittance backup books-backup.db --database sqlite:books.db
    Backup(Backup),
    /// Put a backup in the place of a database, after verifying it
    ///
    /// Example: quittance restore books-backup.db --database sqlite:books.db
    Restore(Restore),
    /// Copy the books to another database, and prove that both are the same
    ///
    /// Goes on where an earlier copy ended. What is committed after it began is left out: copy again.
    ///
    /// Example: quittance copy --from sqlite:books.db --to postgres://clerk@localhost/books
    Copy(CopyBooks),
    /// Bring the schema of a database up to date, also while servers run
    ///
    /// A server does so by itself when it starts. Only what older programs still need is left to you: it is
    /// removed with --contract, once none of them runs any more.
    ///
    /// Example: quittance migrate --contract --database sqlite:books.db
    Migrate(Migrate),
    /// Send electronic refunds and payments, beside servers on the same PostgreSQL
    ///
    /// A server does so by itself; this is for more of them, or for servers started with --no-worker.
    ///
    /// Example: quittance worker --key-file key.hex --database postgres://clerk@localhost/books
    Worker(Work),
    /// Run a payment gateway for tests, with outcomes you choose and a clock you move
    ///
    /// Speaks a dialect of its own and those of Stripe, CyberSource and Authorize.Net. Moves no money.
    ///
    /// Example: quittance sandbox-gateway --data sandbox.log
    SandboxGateway(SandboxGateway),
}

#[derive(Debug, Args)]
pub(crate) struct At {
    /// The database: sqlite:PATH, or postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(
        long,
        env = "QUITTANCE_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:quittance.db"
    )]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// The database, used without --server: sqlite:PATH, or postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(
        long,
        env = "QUITTANCE_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:quittance.db"
    )]
    pub(crate) database: Database,
    /// A running server, such as http://127.0.0.1:8787
    #[arg(long, env = "QUITTANCE_SERVER")]
    pub(crate) server: Option<String>,
    /// The API key for --server
    #[arg(long, env = "QUITTANCE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) at: At,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "QUITTANCE_LISTEN", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Only answer questions; works on read-only media and on a standby
    #[arg(long)]
    pub(crate) read_only: bool,
    /// How many threads decide and write, each on accounts of its own [default: 2 on PostgreSQL]; a
    /// SQLite file has one
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) committers: Option<u8>,
    /// Seconds to go on taking requests after SIGTERM, while /readyz already answers 503
    #[arg(long, env = "QUITTANCE_GRACE", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=3600))]
    pub(crate) grace: u32,
    #[command(flatten)]
    pub(crate) key: Key,
    #[command(flatten)]
    pub(crate) door: Door,
    /// Send no electronic refunds and payments; `quittance worker` does so elsewhere
    #[arg(long)]
    pub(crate) no_worker: bool,
    #[command(flatten)]
    pub(crate) events: EventOptions,
    /// Let an administrator move the clock, for tests
    #[arg(long)]
    pub(crate) test_clock: bool,
    /// For tests: die at a place in the life of an attempt, NAME or NAME:N
    #[arg(long, hide = true)]
    pub(crate) failpoint: Option<String>,
    /// What to log: error, warn, info, debug
    #[arg(long, env = "QUITTANCE_LOG", default_value = "info")]
    pub(crate) log: String,
    /// Log as JSON lines
    #[arg(long)]
    pub(crate) log_json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Work {
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) key: Key,
    /// Its name in the history; a part that makes it unique is added in claims
    #[arg(long, default_value = "worker")]
    pub(crate) name: String,
    /// For tests: die at a place in the life of an attempt, NAME or NAME:N
    #[arg(long, hide = true)]
    pub(crate) failpoint: Option<String>,
    /// For tests: the clock stands still at this instant
    #[arg(long, hide = true)]
    pub(crate) clock: Option<jiff::Timestamp>,
    /// What to log: error, warn, info, debug
    #[arg(long, env = "QUITTANCE_LOG", default_value = "info")]
    pub(crate) log: String,
    /// Log as JSON lines
    #[arg(long)]
    pub(crate) log_json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxGateway {
    /// Address to listen on, a loopback one; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8470")]
    pub(crate) listen: SocketAddr,
    /// Keep everything in this file; without it, in memory
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Where the clock of a new data file starts; the time of the machine if left out
    #[arg(long)]
    pub(crate) clock: Option<jiff::Timestamp>,
    /// Let the clock stand still until POST /_sim/advance
    #[arg(long)]
    pub(crate) manual_clock: bool,
    /// Seconds until a request that is to hang is cut off; 0 cuts it off at once
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(..=600))]
    pub(crate) hang: u32,
    /// Hours after which a transaction is settled
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(..=8760))]
    pub(crate) settle_after_hours: u32,
    /// Authorize.Net: refuse credits that refer to no payment
    #[arg(long)]
    pub(crate) no_credits: bool,
    /// What to log: error, warn, info, debug
    #[arg(long, env = "QUITTANCE_LOG", default_value = "warn")]
    pub(crate) log: String,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Directory for the sample business; emptied first if an earlier demo made it
    #[arg(long, default_value = "quittance-demo")]
    pub(crate) directory: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Seed of the sample business
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// How many customers
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) accounts: u32,
    /// Address of the sandbox gateway that the demo starts; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8470")]
    pub(crate) gateway_listen: SocketAddr,
    /// Make the business and print, without serving
    #[arg(long)]
    pub(crate) no_serve: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Name of a built-in profile (online-retail), path of a profile (.toml), or "history"
    pub(crate) profile: String,
    /// The file: plain, gzip or zstd
    pub(crate) file: PathBuf,
    /// Settle as you go: transfer negative invoices, apply credit, pay the rest, refund what is left
    #[arg(long, overrides_with = "no_settle")]
    pub(crate) settle: bool,
    /// Only post the invoices
    #[arg(long)]
    pub(crate) no_settle: bool,
    /// Accept missing numbers in a history: several committers leave some out
    #[arg(long)]
    pub(crate) accept_gaps: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One CSV file per document type
    Csv,
    /// One NDJSON file per document type
    Ndjson,
    /// The journal for hledger
    Hledger,
    /// The whole history, to be read back with `import history`
    History,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) at: At,
    /// Directory to write to; made if it is not there
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// What to write; several may be given
    #[arg(long, value_enum, default_values = ["csv", "hledger", "history"])]
    pub(crate) format: Vec<Format>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) at: At,
    /// Also hold the history against the blocks that seal it: finds a changed, removed, added or swapped entry
    #[arg(long)]
    pub(crate) audit: bool,
    /// File with a head of the record that was kept (`quittance audit head`)
    #[arg(long, requires = "audit", value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// Key that verifies the signatures, 64 hexadecimal digits; that of --key-file or QUITTANCE_KEY if left out
    #[arg(long, requires = "audit")]
    pub(crate) public_key: Option<String>,
    #[command(flatten)]
    pub(crate) key: Key,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Balance {
    /// Number or id of the account
    pub(crate) account: String,
    /// The day the figures shall hold for, at its end
    #[arg(long)]
    pub(crate) as_of: Option<Date>,
    /// Also list the documents that make the credit balance
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct Statement {
    /// Number or id of the account
    pub(crate) account: String,
    /// First day; the first of the month if left out
    #[arg(long)]
    pub(crate) from: Option<Date>,
    /// Last day; today if left out
    #[arg(long)]
    pub(crate) to: Option<Date>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// Number or id of the account
    pub(crate) account: String,
    /// How much; all that is available if left out
    #[arg(long)]
    pub(crate) amount: Option<String>,
    /// How the money goes: check, wire_transfer, cash, ach, paypal, credit_card, debit_card, other
    #[arg(long)]
    pub(crate) method: String,
    /// Free reference, such as a cheque number
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// Reason code, such as "Customer Request"
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Free comment
    #[arg(long)]
    pub(crate) comment: Option<String>,
    /// Effective date; today if left out
    #[arg(long)]
    pub(crate) date: Option<Date>,
    /// Only show what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// A text of your own that makes repeating the command safe; random if left out
    #[arg(long)]
    pub(crate) idempotency_key: Option<String>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Where books can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// One file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to keep the books in; databases are made for the run and thrown away
    #[arg(long, value_enum, default_value = "sqlite")]
    pub(crate) store: Store,
    /// A PostgreSQL to use instead of a throw-away one, as postgres://USER:PASSWORD@HOST:PORT/DATABASE
    ///
    /// The user must be allowed to make databases: every one that is used is made and dropped, and the
    /// one named here is only connected to. psql and pgbench must be in PATH.
    #[arg(long, conflicts_with_all = ["store", "server"])]
    pub(crate) database: Option<String>,
    /// Measure a server that runs elsewhere on this machine instead of starting one
    #[arg(long, requires = "api_key")]
    pub(crate) server: Option<String>,
    /// The API key for --server
    #[arg(long, env = "QUITTANCE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// Committers of each server, for PostgreSQL; the server's default if left out
    #[arg(long)]
    pub(crate) committers: Option<usize>,
    /// Numbers of servers on one database, for PostgreSQL; clients are spread over them
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub(crate) servers: Vec<usize>,
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    pub(crate) clients: Vec<usize>,
    /// Refunds in the history before measuring, each in books of its own; the first is measured in full
    #[arg(long, value_delimiter = ',', default_value = "10000", alias = "history")]
    pub(crate) histories: Vec<u64>,
    /// Measure electronic refunds instead: creating them beside external ones, and what the worker adds; on
    /// SQLite
    #[arg(long)]
    pub(crate) electronic: bool,
    /// With --electronic: how many queued refunds the worker drains
    #[arg(long, default_value_t = 100_000)]
    pub(crate) queued: u64,
    /// Also measure the engine without HTTP, with 256 callers in the same process
    #[arg(long)]
    pub(crate) in_process: bool,
    /// Interleaved rounds; medians are printed
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// Seconds per measurement
    #[arg(long, default_value_t = 3)]
    pub(crate) seconds: u64,
    /// Accounts to spread the load over
    #[arg(long, default_value_t = 100_000)]
    pub(crate) accounts: u64,
    /// Commands per array
    #[arg(long, default_value_t = 1_000)]
    pub(crate) array: usize,
    /// Skip the anchors that need PostgreSQL: pgbench and the usual way
    #[arg(long)]
    pub(crate) no_pgbench: bool,
    /// Only fill a new SQLite file with the accounts and the first of --histories, keep it, and print an API key of
    /// its administrator; nothing is measured
    #[arg(long, value_name = "FILE", conflicts_with_all = ["server", "database", "electronic", "in_process"])]
    pub(crate) fill: Option<PathBuf>,
    /// Directory for the throw-away databases; the system's temporary one if left out
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
    /// Also write the figures to a file, as JSON
    #[arg(long)]
    pub(crate) save: Option<PathBuf>,
    /// Also write the tables to a file, as Markdown
    #[arg(long)]
    pub(crate) markdown: Option<PathBuf>,
    /// Also draw plots into a directory, as SVG
    #[arg(long)]
    pub(crate) plots: Option<PathBuf>,
    /// The date to state; today if left out
    #[arg(long)]
    pub(crate) date: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The new file
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) at: At,
    /// Replace a database that is already there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CopyBooks {
    /// The books to copy; only read
    #[arg(long, value_name = "DATABASE", env = "QUITTANCE_FROM", hide_env_values = true)]
    pub(crate) from: Database,
    /// Where to: a new file, an empty database, or a copy made earlier
    #[arg(long, value_name = "DATABASE", env = "QUITTANCE_TO", hide_env_values = true)]
    pub(crate) to: Database,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) at: At,
    /// Also remove what only older programs need; they cannot open the database any more
    #[arg(long, conflicts_with = "check")]
    pub(crate) contract: bool,
    /// Only say how far it is
    #[arg(long)]
    pub(crate) check: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}
