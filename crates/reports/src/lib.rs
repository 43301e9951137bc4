//! Read-only figures: balances as of a date, explanations, statements, trial balance, verification
//! and exports. Nothing here writes, and nothing here decides.

mod as_of;
mod explain;
pub mod export;
mod figures;
mod over_time;
mod statement;
mod trial_balance;
pub mod verify;

pub use as_of::{AccountBalances, AccountFigures, InvoiceFigures, account_as_of, invoice_as_of};
pub use explain::{Explained, ExplainedLine, explain_account, explain_credit, explain_invoice};
pub use figures::{Decimal, ReportError};
pub use over_time::{DayFigures, FiguresOverTime, account_over_time};
pub use statement::{Statement, StatementLine, statement};
pub use trial_balance::{TrialBalance, TrialBalanceLine, trial_balance};
