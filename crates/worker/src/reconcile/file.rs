//! The settlement file: what a gateway or a bank says it did, as CSV.

use gateway::{Decline, DeclineCode, MoneyState, Receipt, Settled, SettledKind};
use jiff::Timestamp;
use money::{Amount, Currency};
use serde::Deserialize;

use super::{ROWS_MAX, ReconcileError};

/// The columns a settlement file must have; `settled_on` and `code` may be there too.
const COLUMNS: [&str; 6] = ["type", "reference", "gateway_id", "amount", "currency", "status"];

/// One row of a settlement file: `type,reference,gateway_id,amount,currency,status,settled_on,code`.
#[derive(Debug, Deserialize)]
struct Row {
    r#type: String,
    reference: String,
    gateway_id: String,
    amount: String,
    currency: String,
    status: String,
    #[serde(default)]
    settled_on: String,
    #[serde(default)]
    code: String,
}

/// Reads a settlement file: CSV with a header. The whole file is checked before anything is done.
///
/// # Errors
///
/// [`ReconcileError::File`] with the line.
pub fn read_settlement_file(bytes: &[u8]) -> Result<Vec<Settled>, ReconcileError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| wrong_header(&error.to_string()))?;
    let missing = COLUMNS.into_iter().find(|name| header.iter().all(|found| found != *name));
    if let Some(name) = missing {
        return Err(wrong_header(&format!("there is no column {name:?}")));
    }
    let mut rows = Vec::new();
    for (line, row) in (2_u64..).zip(reader.deserialize::<Row>()) {
        let wrong = |reason: String| ReconcileError::File { line, reason };
        let row = row.map_err(|error| wrong(error.to_string()))?;
        rows.push(settled(row).map_err(wrong)?);
        if rows.len() > ROWS_MAX {
            return Err(ReconcileError::TooMany);
        }
    }
    Ok(rows)
}

fn wrong_header(reason: &str) -> ReconcileError {
    let reason = format!("{reason}; the header is {}", COLUMNS.join(","));
    ReconcileError::File { line: 1, reason }
}

fn settled(row: Row) -> Result<Settled, String> {
    let kind = match row.r#type.as_str() {
        "charge" | "payment" => SettledKind::Charge,
        "refund" | "credit" => SettledKind::Refund,
        other => return Err(format!("type {other:?} is neither charge nor refund")),
    };
    let currency: Currency =
        row.currency.parse().map_err(|_| format!("{:?} is no currency", row.currency))?;
    let amount: Amount = row.amount.parse().map_err(|error| format!("{error}"))?;
    let amount = amount.to_money(currency).map_err(|error| error.to_string())?;
    let code = if row.code.is_empty() { "rejected".to_owned() } else { row.code };
    let state = match row.status.as_str() {
        "settled" => MoneyState::Settled,
        "succeeded" => MoneyState::Succeeded,
        "pending" => MoneyState::Pending,
        "failed" | "rejected" | "returned" | "charged_back" => MoneyState::Failed(Decline {
            reason: DeclineCode::Other,
            code: code.clone(),
            message: format!("the settlement file says {}", row.status),
        }),
        other => return Err(format!("status {other:?} is not known")),
    };
    let at = if row.settled_on.is_empty() {
        Timestamp::UNIX_EPOCH
    } else {
        let date: jiff::civil::Date =
            row.settled_on.parse().map_err(|_| format!("{:?} is no date", row.settled_on))?;
        date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?.timestamp()
    };
    if row.gateway_id.is_empty() {
        return Err("gateway_id is empty".to_owned());
    }
    Ok(Settled {
        kind,
        reference: (!row.reference.is_empty()).then_some(row.reference),
        receipt: Receipt {
            gateway_id: row.gateway_id,
            second_id: None,
            amount: Some(amount),
            code: None,
            message: None,
        },
        amount,
        state,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "type,reference,gateway_id,amount,currency,status,settled_on,code\n";

    #[test]
    fn a_settlement_file_is_read() {
        let file = format!(
            "{HEAD}refund,R-00000001,re_1,10.00,USD,settled,2026-11-26,\ncharge,P-00000002,ch_1,500,JPY,failed,,R02\n"
        );
        let rows = read_settlement_file(file.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].state, MoneyState::Settled);
        assert_eq!(rows[0].amount.to_string(), "10.00 USD");
        assert!(matches!(&rows[1].state, MoneyState::Failed(decline) if decline.code == "R02"));
    }

    #[test]
    fn a_wrong_line_is_named_and_nothing_is_read() {
        for (line, code) in [
            ("refund,R-00000001,re_1,10.001,USD,settled,,", "decimals"),
            ("gift,R-00000001,re_1,10.00,USD,settled,,", "gift"),
            ("refund,R-00000001,re_1,10.00,XXQ,settled,,", "currency"),
            ("refund,R-00000001,re_1,10.00,USD,perhaps,,", "perhaps"),
            ("refund,R-00000001,,10.00,USD,settled,,", "gateway_id"),
            ("refund,R-00000001,re_1,10.00,USD,settled,soon,", "soon"),
        ] {
            let file = format!("{HEAD}refund,R-1,re_0,1.00,USD,settled,,\n{line}\n");
            let error = read_settlement_file(file.as_bytes()).unwrap_err();
            let said = error.to_string();
            assert!(said.starts_with("line 3") && said.contains(code), "{said}");
        }
        assert!(read_settlement_file(HEAD.as_bytes()).unwrap().is_empty());
        for wrong in ["", "id,amount\n"] {
            let said = read_settlement_file(wrong.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with("line 1: there is no column"), "{said}");
        }
    }
}
