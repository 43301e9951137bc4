//! `quittance export`

use reports::export;

use super::verify::bar;
use crate::cli::{Export, Format};
use crate::output::{Done, line};

pub(crate) fn run(arguments: &Export) -> Done {
    let reader = arguments.at.database.read()?;
    // All files show the books of one moment.
    let snapshot = reader.snapshot()?;
    let reader = snapshot.as_deref().unwrap_or(reader.as_ref());
    std::fs::create_dir_all(&arguments.out)?;
    for format in &arguments.format {
        let bar = bar(reader.head()?.0, "exporting");
        let mut progress = |done| bar.set_position(done);
        let progress: &mut dyn FnMut(u64) = &mut progress;
        let mut files = Vec::new();
        match format {
            Format::Csv | Format::Ndjson => {
                let (kind, ending) = match format {
                    Format::Csv => (export::Format::Csv, "csv"),
                    _ => (export::Format::Ndjson, "ndjson"),
                };
                for (name, rows) in export::documents(reader, &arguments.out, kind, progress)? {
                    files.push(format!("{name}.{ending}: {rows} rows"));
                }
            }
            Format::Hledger => {
                export::hledger_file(reader, &arguments.out.join("journal.hledger"), progress)?;
                files.push("journal.hledger".to_owned());
            }
            Format::History => {
                export::history_file(reader, &arguments.out.join("history.ndjson"), progress)?;
                files.push(format!("history.ndjson: {} entries", reader.head()?.0));
            }
        }
        bar.finish_and_clear();
        for file in files {
            line(file);
        }
    }
    Ok(())
}
