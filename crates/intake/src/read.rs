use std::collections::HashMap;
use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::strtime};
use money::{Amount, Money, round_product};

use crate::profile::Profile;

/// Names every error in a file by line and column.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not readable, or truncated.
    #[error("line {line}: the file cannot be read on: {reason}")]
    Unreadable {
        /// The line reached.
        line: u64,
        /// What happened.
        reason: String,
    },
    /// The header lacks a column.
    #[error("line 1: there is no column {column:?}; the header has {header}")]
    MissingColumn {
        /// The column the profile names.
        column: String,
        /// The header, shortened.
        header: String,
    },
    /// A cell is wrong.
    #[error("line {line}, column {column:?}: {reason}")]
    Cell {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The profile names a time zone that does not exist.
    #[error("the profile's time zone {0:?} is unknown")]
    TimeZone(String),
}

/// A file, read: accounts and invoices in posting order.
#[derive(Debug)]
pub struct Business {
    /// Customers in order of their first invoice.
    pub accounts: Vec<String>,
    /// Invoices in posting order.
    pub invoices: Vec<Invoice>,
    /// Distinct texts of items.
    pub(crate) texts: Vec<Box<str>>,
}

/// One invoice with its lines in file order.
#[derive(Debug)]
pub struct Invoice {
    /// Number in the file.
    pub number: Box<str>,
    /// Index of its account.
    pub account: usize,
    /// Earliest instant of its lines.
    pub at: Timestamp,
    pub(crate) items: Vec<Item>,
}

/// One line. Texts are indices into [`Business::texts`], since few are distinct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) amount: Money,
    pub(crate) quantity: Option<Amount>,
    pub(crate) unit_price: Option<Amount>,
    pub(crate) sku: Option<u32>,
    pub(crate) description: Option<u32>,
}

/// Longest text taken from a cell, in characters.
const CELL_MAX: usize = 500;

struct Places {
    invoice: usize,
    account: usize,
    timestamp: usize,
    amount: Option<usize>,
    quantity: Option<usize>,
    unit_price: Option<usize>,
    sku: Option<usize>,
    description: Option<usize>,
}

#[derive(Default)]
struct Texts {
    known: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Texts {
    fn intern(&mut self, text: &str) -> u32 {
        if let Some(index) = self.known.get(text) {
            return *index;
        }
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.known.insert(text.into(), index);
        index
    }
}

/// Reads a file, unpacking gzip and zstd by their first bytes. `progress` is told the lines done.
///
/// # Errors
///
/// [`ReadError`] with line and column.
pub fn read(
    file: impl Read,
    profile: &Profile,
    progress: &mut dyn FnMut(u64),
) -> Result<Business, ReadError> {
    let unreadable = |line, reason: String| ReadError::Unreadable { line, reason };
    let plain = unpack(file).map_err(|error| unreadable(1, error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(plain);
    let header = reader.headers().map_err(|error| unreadable(1, describe(&error)))?.clone();
    let places = places(&header, profile)?;
    let zone = &profile.timestamp.time_zone;
    let zone = TimeZone::get(zone).map_err(|_| ReadError::TimeZone(zone.clone()))?;
    let mut lines = Lines { profile, places, zone, ..Lines::new(profile) };
    let mut record = csv::StringRecord::new();
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| unreadable(error_line(&error, &lines), describe(&error)))?;
        if !more {
            return Ok(lines.finish());
        }
        lines.line = record.position().map_or(lines.line + 1, csv::Position::line);
        lines.take(&record)?;
        lines.count += 1;
        if lines.count.is_multiple_of(4096) {
            progress(lines.count);
        }
    }
}

fn error_line(error: &csv::Error, lines: &Lines<'_>) -> u64 {
    error.position().map_or(lines.line + 1, csv::Position::line)
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} cells where the header has {expected_len}")
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

fn unpack<'r>(mut file: impl Read + 'r) -> std::io::Result<Box<dyn Read + 'r>> {
    let mut head = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut head)?;
    let packed = match head.as_slice() {
        [0x1f, 0x8b, ..] => Packed::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packed::Zstd,
        _ => Packed::Plain,
    };
    let whole = BufReader::new(std::io::Cursor::new(head).chain(file));
    let plain: Box<dyn Read + 'r> = match packed {
        Packed::Plain => Box::new(whole),
        Packed::Gzip => Box::new(MultiGzDecoder::new(whole)),
        Packed::Zstd => Box::new(zstd::Decoder::with_buffer(whole)?),
    };
    Ok(plain)
}

enum Packed {
    Plain,
    Gzip,
    Zstd,
}

fn places(header: &csv::StringRecord, profile: &Profile) -> Result<Places, ReadError> {
    let find = |column: &str| {
        let at = header.iter().position(|name| name.trim_start_matches('\u{feff}') == column);
        at.ok_or_else(|| ReadError::MissingColumn {
            column: column.to_owned(),
            header: header.iter().collect::<Vec<_>>().join(", ").chars().take(200).collect(),
        })
    };
    let find_opt = |column: &Option<String>| column.as_deref().map(find).transpose();
    let columns = &profile.columns;
    Ok(Places {
        invoice: find(&columns.invoice)?,
        account: find(&columns.account)?,
        timestamp: find(&columns.timestamp)?,
        amount: find_opt(&columns.amount)?,
        quantity: find_opt(&columns.quantity)?,
        unit_price: find_opt(&columns.unit_price)?,
        sku: find_opt(&columns.sku)?,
        description: find_opt(&columns.description)?,
    })
}

struct Lines<'a> {
    profile: &'a Profile,
    places: Places,
    zone: TimeZone,
    texts: Texts,
    account_of: HashMap<Box<str>, usize>,
    account_names: Vec<String>,
    invoice_of: HashMap<Box<str>, usize>,
    invoices: Vec<Invoice>,
    line: u64,
    count: u64,
}

impl<'a> Lines<'a> {
    fn new(profile: &'a Profile) -> Self {
        let nowhere = Places {
            invoice: 0,
            account: 0,
            timestamp: 0,
            amount: None,
            quantity: None,
            unit_price: None,
            sku: None,
            description: None,
        };
        Self {
            profile,
            places: nowhere,
            zone: TimeZone::UTC,
            texts: Texts::default(),
            account_of: HashMap::new(),
            account_names: Vec::new(),
            invoice_of: HashMap::new(),
            invoices: Vec::new(),
            line: 1,
            count: 0,
        }
    }

    fn wrong(&self, column: &str, reason: impl Into<String>) -> ReadError {
        ReadError::Cell { line: self.line, column: column.to_owned(), reason: reason.into() }
    }

    fn take(&mut self, record: &csv::StringRecord) -> Result<(), ReadError> {
        let columns = &self.profile.columns;
        let cell = |at: usize| record.get(at).unwrap_or("").trim();
        let number = cell(self.places.invoice);
        if number.is_empty() || number.chars().count() > 100 {
            return Err(self.wrong(&columns.invoice, "an invoice number has 1 to 100 characters"));
        }
        let at = self.instant(cell(self.places.timestamp))?;
        let item = self.item(record)?;
        let account = self.account(cell(self.places.account))?;
        if let Some(index) = self.invoice_of.get(number).copied() {
            let known = self.invoices.get_mut(index);
            let Some(invoice) = known.filter(|invoice| invoice.account == account) else {
                let reason = format!("invoice {number} has lines of two customers");
                return Err(self.wrong(&columns.account, reason));
            };
            invoice.at = invoice.at.min(at);
            invoice.items.push(item);
            return Ok(());
        }
        self.invoice_of.insert(number.into(), self.invoices.len());
        self.invoices.push(Invoice { number: number.into(), account, at, items: vec![item] });
        Ok(())
    }

    fn account(&mut self, cell: &str) -> Result<usize, ReadError> {
        let rules = &self.profile.account;
        let suffix = rules.strip_suffix.as_deref().unwrap_or("");
        let id = cell.strip_suffix(suffix).unwrap_or(cell);
        let id = match (id, &rules.blank) {
            ("", Some(blank)) => blank.as_str(),
            ("", None) => {
                let reason = "it is blank, and the profile has no account for blanks";
                return Err(self.wrong(&self.profile.columns.account, reason));
            }
            (id, _) => id,
        };
        if let Some(index) = self.account_of.get(id) {
            return Ok(*index);
        }
        if id.chars().count() > 100 || id.chars().any(char::is_control) {
            let reason = "a customer id has at most 100 characters and no control characters";
            return Err(self.wrong(&self.profile.columns.account, reason));
        }
        let index = self.account_names.len();
        self.account_names.push(id.to_owned());
        self.account_of.insert(id.into(), index);
        Ok(index)
    }

    fn instant(&self, cell: &str) -> Result<Timestamp, ReadError> {
        let rules = &self.profile.timestamp;
        let parsed = strtime::parse(&rules.format, cell).and_then(|parts| parts.to_datetime());
        let local: DateTime = parsed.map_err(|_| {
            let reason = format!("{cell:?} is not an instant like {:?}", rules.format);
            self.wrong(&self.profile.columns.timestamp, reason)
        })?;
        let zoned = local.to_zoned(self.zone.clone());
        let zoned = zoned
            .map_err(|error| self.wrong(&self.profile.columns.timestamp, error.to_string()))?;
        Ok(zoned.timestamp())
    }

    fn item(&mut self, record: &csv::StringRecord) -> Result<Item, ReadError> {
        let columns = &self.profile.columns;
        let quantity = self.amount(record, self.places.quantity, columns.quantity.as_deref())?;
        let unit_price =
            self.amount(record, self.places.unit_price, columns.unit_price.as_deref())?;
        let currency = self.profile.account.currency;
        let amount = match self.amount(record, self.places.amount, columns.amount.as_deref())? {
            Some(amount) => amount.to_money(currency).map_err(|error| {
                self.wrong(columns.amount.as_deref().unwrap_or("amount"), error.to_string())
            })?,
            None => {
                let (Some(quantity), Some(price)) = (quantity, unit_price) else {
                    return Err(self.wrong("quantity", "it is missing"));
                };
                round_product(quantity, price, currency).map_err(|error| {
                    self.wrong(columns.quantity.as_deref().unwrap_or("quantity"), error.to_string())
                })?
            }
        };
        let sku = self.text(record, self.places.sku, 64, columns.sku.as_deref())?;
        let description =
            self.text(record, self.places.description, CELL_MAX, columns.description.as_deref())?;
        Ok(Item { amount, quantity, unit_price, sku, description })
    }

    fn amount(
        &self,
        record: &csv::StringRecord,
        at: Option<usize>,
        column: Option<&str>,
    ) -> Result<Option<Amount>, ReadError> {
        let Some(at) = at else { return Ok(None) };
        let cell = record.get(at).unwrap_or("").trim();
        cell.parse().map(Some).map_err(|error: money::AmountError| {
            self.wrong(column.unwrap_or("amount"), error.to_string())
        })
    }

    fn text(
        &mut self,
        record: &csv::StringRecord,
        at: Option<usize>,
        max: usize,
        column: Option<&str>,
    ) -> Result<Option<u32>, ReadError> {
        let cell = at.and_then(|at| record.get(at)).unwrap_or("").trim();
        if cell.is_empty() {
            return Ok(None);
        }
        let control = |c: char| c.is_control() && c != '\n' && c != '\t';
        if cell.chars().count() > max || cell.chars().any(control) {
            let reason = format!("a text has at most {max} characters and no control characters");
            return Err(self.wrong(column.unwrap_or("text"), reason));
        }
        Ok(Some(self.texts.intern(cell)))
    }

    /// Posting order: earliest instant of the lines, then the number as text.
    fn finish(mut self) -> Business {
        self.invoices.sort_by(|a, b| (a.at, &a.number).cmp(&(b.at, &b.number)));
        let mut order: Vec<Option<usize>> = vec![None; self.account_names.len()];
        let mut accounts = Vec::with_capacity(self.account_names.len());
        for invoice in &mut self.invoices {
            if let Some(slot) = order.get_mut(invoice.account) {
                let index = *slot.get_or_insert(accounts.len());
                if index == accounts.len() {
                    accounts.push(
                        self.account_names
                            .get_mut(invoice.account)
                            .map(std::mem::take)
                            .unwrap_or_default(),
                    );
                }
                invoice.account = index;
            }
        }
        Business { accounts, invoices: self.invoices, texts: self.texts.texts }
    }
}

#[cfg(test)]
mod tests;
