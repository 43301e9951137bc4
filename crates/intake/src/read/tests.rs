use std::io::Write;

use super::*;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn profile() -> Profile {
    Profile::find("online-retail").unwrap()
}

fn business(lines: &str) -> Result<Business, ReadError> {
    read(format!("{HEADER}{lines}").as_bytes(), &profile(), &mut |_| {})
}

fn message(lines: &str) -> String {
    business(lines).unwrap_err().to_string()
}

const GOOD: &str = "2,A,Lantern,-3,2010-12-01 08:30:00,0.125,17850.0,UK\n\
                    10,A,,1,2010-12-01 08:26:00,2.55,,UK\n\
                    2,B,Bag,1,2010-12-01 08:20:00,1,17850.0,UK\n\
                    1,A,Lantern,6,2010-12-01 08:26:00,2.55,13047.0,UK\n";

#[test]
fn lines_make_invoices_in_posting_order() {
    let business = business(GOOD).unwrap();
    let order: Vec<&str> = business.invoices.iter().map(|found| found.number.as_ref()).collect();
    assert_eq!(order, ["2", "1", "10"]);
    assert_eq!(business.accounts, ["17850", "13047", "UNIDENTIFIED"]);
    let amounts: Vec<i64> = business
        .invoices
        .iter()
        .flat_map(|invoice| &invoice.items)
        .map(|item| item.amount.minor())
        .collect();
    assert_eq!(amounts, [-38, 100, 1530, 255]);
}

#[test]
fn packed_files_are_read_like_plain_ones() {
    let plain = format!("{HEADER}{GOOD}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(plain.as_bytes(), 1).unwrap();
    for packed in [&gzip, &zstd] {
        assert_eq!(read(packed.as_slice(), &profile(), &mut |_| {}).unwrap().invoices.len(), 3);
        let cut = packed.get(..packed.len() - 9).unwrap();
        let error = read(cut, &profile(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains("cannot be read on"), "{error}");
    }
}

#[test]
fn errors_name_line_and_column() {
    for (line, expected) in [
        ("1,A,x,six,2010-12-01 08:26:00,2.55,1,UK\n", "line 2, column \"Quantity\": \"six\""),
        ("1,A,x,6,2010-13-01 08:26:00,2.55,1,UK\n", "line 2, column \"InvoiceDate\""),
        ("1,A,x,6,2010-12-01 08:26:00,2e5,1,UK\n", "line 2, column \"UnitPrice\""),
        (",A,x,6,2010-12-01 08:26:00,2.55,1,UK\n", "line 2, column \"InvoiceNo\""),
        ("1,A,x,6,2010-12-01 08:26:00,2.55\n", "line 2: the file cannot be read on: it has 6"),
        ("1,A,a\0b,6,2010-12-01 08:26:00,2.55,1,UK\n", "line 2, column \"Description\""),
        (
            "1,A,x,999999999999,2010-12-01 08:26:00,99999.99,1,UK\n",
            "line 2, column \"Quantity\": quantity times price is too large",
        ),
    ] {
        let message = message(line);
        assert!(message.contains(expected), "{message}");
    }
    let two = format!("{GOOD}1,A,x,6,2010-12-01 08:26:00,2.55,99,UK\n");
    assert!(message(&two).starts_with("line 6, column \"CustomerID\": invoice 1 has lines of two"));
}

#[test]
fn a_missing_column_and_a_binary_file_are_clear_errors() {
    let header = "InvoiceNo,Quantity\n1,2\n";
    let error = read(header.as_bytes(), &profile(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.starts_with("line 1: there is no column \"CustomerID\""), "{error}");
    let binary: Vec<u8> =
        (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert!(read(binary.as_slice(), &profile(), &mut |_| {}).is_err());
    assert!(read(&b""[..], &profile(), &mut |_| {}).is_err());
}

#[test]
fn profiles_that_say_too_little_are_refused() {
    assert!(Profile::find("nonsense").is_err());
    let text = include_str!("../../profiles/online-retail.toml");
    assert!(Profile::parse(&text.replace("quantity = \"Quantity\"\n", "")).is_err());
    assert!(Profile::parse(&text.replace("GBP", "XAU")).is_err());
    assert!(Profile::parse(&text.replace("[account]", "[acount]")).is_err());
}
