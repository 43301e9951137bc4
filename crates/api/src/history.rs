//! Lists of decisions, narrowed by who decided and by what was posted.

use engine::Reader;
use jiff::civil::Date;
use money::Currency;
use receivables::journal::Posting;
use receivables::{AccountNo, Document, Entry, EntryNo, Settings};
use serde::Deserialize;

use crate::context::{PageQuery, cursor};
use crate::problem::ApiError;
use crate::routes::document_called;
use crate::views::EntryView;
use crate::walk::{step_of, walk};

/// The longest name or code that is looked for, in characters.
const WANTED_MAX: usize = 100;

/// Query of a list of decisions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Where the page before ended: its `next_cursor`.
    #[param(example = "I00000041")]
    cursor: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
    /// Only what somebody decided: a part of the name of the key or program, in capital or small letters. A page may then be
    /// short, even empty, and still have a `next_cursor`, because decisions are looked through 2,000 at a time.
    #[param(min_length = 1, max_length = 100, example = "shop")]
    actor: Option<String>,
    /// Only what posted to this accounting code, in capital or small letters. As with `actor`, a page may be short.
    #[param(min_length = 1, max_length = 100, example = "Bank")]
    accounting_code: Option<String>,
    /// Only what posted in this currency; with an accounting code, to that in this currency. As with `actor`, a page may be
    /// short.
    #[param(min_length = 3, max_length = 3, example = "USD")]
    currency: Option<String>,
    /// Only what made or changed this document, or made one that comes from it: its number. As with `actor`, a page may be short.
    #[param(min_length = 1, max_length = 100, example = "INV00000042")]
    document: Option<String>,
    /// Only what was done by such a command: a part of its name, such as `refund`. As with `actor`, a page may be short.
    #[param(min_length = 1, max_length = 100, example = "collect")]
    command: Option<String>,
    /// Only what posted something that is dated on this day or before; with an accounting code or a currency, to that. As
    /// with `actor`, a page may be short.
    #[param(value_type = Option<String>, format = Date, example = "2026-05-31")]
    dated_until: Option<Date>,
    /// False leaves out what each decision changed (`changes`), which is looked up for each.
    #[param(example = true)]
    changes: Option<bool>,
}

/// Which decisions are asked for.
pub(crate) struct Sought {
    before: Option<EntryNo>,
    limit: usize,
    actor: Option<String>,
    code: Option<String>,
    currency: Option<Currency>,
    document: Option<Document>,
    command: Option<String>,
    changes: bool,
    dated_until: Option<Date>,
}

impl HistoryQuery {
    pub(crate) fn resolve(self) -> Result<Sought, ApiError> {
        let Self {
            cursor,
            limit,
            actor,
            accounting_code,
            currency,
            document,
            command,
            changes,
            dated_until,
        } = self;
        let changes = changes.unwrap_or(true);
        let (before, limit) = PageQuery { cursor, limit }.resolve()?;
        let wanted = |field: &str, text: Option<String>| {
            let Some(text) = text else { return Ok(None) };
            if (1..=WANTED_MAX).contains(&text.chars().count()) {
                return Ok(Some(text.to_lowercase()));
            }
            let detail = format!("{field}: give 1 to {WANTED_MAX} characters");
            Err(ApiError::bad_request("query_invalid", detail).with("field", field))
        };
        let currency = currency.map(|text| wanted_currency(&text)).transpose()?;
        let (actor, code) = (wanted("actor", actor)?, wanted("accounting_code", accounting_code)?);
        let command = wanted("command", command)?;
        let document = document.map(|text| {
            document_called(&text).ok_or_else(|| {
                let detail = "document: write a number with its letters, as in INV00000042";
                ApiError::bad_request("query_invalid", detail).with("field", "document")
            })
        });
        let document = document.transpose()?;
        Ok(Sought {
            before: before.map(EntryNo),
            limit,
            actor,
            code,
            currency,
            document,
            command,
            changes,
            dated_until,
        })
    }
}

/// A currency a list is narrowed to.
pub(crate) fn wanted_currency(text: &str) -> Result<Currency, ApiError> {
    text.parse().map_err(|error: money::UnknownCurrency| {
        let detail = format!("currency: {error}; write it like USD");
        ApiError::bad_request("query_invalid", detail).with("field", "currency")
    })
}

impl Sought {
    /// A page of them, newest first, of an account or of all, and the cursor of the next.
    pub(crate) fn page(
        &self,
        reader: &dyn Reader,
        account: Option<AccountNo>,
    ) -> Result<(Vec<EntryView>, Option<String>), ApiError> {
        let settings = reader.settings()?;
        let read = |before: Option<EntryNo>, step| match account {
            Some(account) => reader.account_entries(account, before, step),
            None => reader.entries_before(before, step),
        };
        let narrowed = self.actor.is_some()
            || self.code.is_some()
            || self.currency.is_some()
            || self.document.is_some()
            || self.command.is_some()
            || self.dated_until.is_some();
        let step = step_of(self.limit, narrowed);
        let wanted = |entry: &Entry| self.wants(entry, &settings);
        let place = |entry: &Entry| entry.head.no;
        let (entries, next) = walk(read, wanted, place, self.before, (self.limit, step))?;
        let view = |entry| match self.changes {
            true => EntryView::with_changes(reader, entry, &settings),
            false => Ok(EntryView::new(entry, &settings)),
        };
        let entries = entries.iter().map(view).collect::<Result<_, _>>()?;
        Ok((entries, next.map(|no| cursor(no.0))))
    }

    fn wants(&self, entry: &Entry, settings: &Settings) -> bool {
        let by = |actor: &String| entry.head.actor.to_lowercase().contains(actor);
        let named = |account, code: &String| {
            settings
                .chart
                .entry(account)
                .is_some_and(|it| it.code.to_string().to_lowercase() == *code)
        };
        let on = |posting: &Posting, code: &String| {
            named(posting.debit, code) || named(posting.credit, code)
        };
        let fits = |posting: &Posting| {
            self.currency.is_none_or(|it| posting.amount.currency() == it)
                && self.code.as_ref().is_none_or(|code| on(posting, code))
                && self.dated_until.is_none_or(|until| posting.date <= until)
        };
        let posts = self.code.is_some() || self.currency.is_some() || self.dated_until.is_some();
        let done = |command: &String| entry.head.command.contains(command.as_str());
        self.actor.as_ref().is_none_or(by)
            && self.command.as_ref().is_none_or(done)
            && (!posts || entry.postings.iter().any(fits))
            && self.document.is_none_or(|document| entry.concerns(document))
    }
}
