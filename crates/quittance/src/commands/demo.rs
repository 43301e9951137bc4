//! `quittance demo`: a sample business to play with, one command after cloning.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{Clock, SystemClock};
use receivables::AccountNo;

use super::demo_gateway::{Sandbox, configure};
use super::sample;
use super::serve::{Stop, Works, app, listen, logging, runtime, sealer, serve};
use crate::cli::Demo;
use crate::database::{Database, Mode};
use crate::events::{EventOptions, deliverer};
use crate::gateways::Key;
use crate::output::{Done, line, note, sentence};

/// Marks a directory that a demo made and may empty again.
const MARK: &str = ".quittance-demo";

pub(crate) fn run(arguments: &Demo) -> Done {
    logging("warn", false)?;
    let runtime = runtime()?;
    // The address first: whoever has a server running keeps its sample business.
    let listener =
        if arguments.no_serve { None } else { Some(runtime.block_on(listen(arguments.listen))?) };
    fresh(&arguments.directory)?;
    let path = arguments.directory.join("books.db");
    let database = Database::Sqlite(path.clone());
    note(format!("making a sample business of {} customers ...", arguments.accounts));
    let sample = {
        let books = database.books(Mode::Create)?;
        sample::make(&books.engine, arguments.seed, arguments.accounts, SystemClock.now())?
    };
    let mut app = app(database.open(Mode::Write, 1)?, Arc::new(SystemClock))?;
    let made =
        api::new_administrator("administrator", app.engine.clock().now()).map_err(sentence)?;
    let key = made.secret.clone();
    runtime.block_on(app.engine.put_api_key(made.record))?;
    app.keys.reload(app.reader.as_ref())?;
    let address = match &listener {
        Some(listener) => listener.local_addr()?.to_string(),
        None => arguments.listen.to_string(),
    };
    let decisions = app.reader.head()?.0;
    match listener {
        Some(listener) => {
            // Lives as long as the server.
            let sandbox = Sandbox::start(&arguments.directory, arguments.gateway_listen)?;
            let account = sample.with_credit.unwrap_or(AccountNo(1));
            let directory = &arguments.directory;
            let gateways = configure(&runtime, &mut app, &sandbox, directory, &address, account)?;
            tour(&sample, decisions, &address, &key, &path);
            electronic_tour(&address, &sandbox.address, account);
            line("");
            line("Stop with Ctrl-C.");
            let stop = runtime.block_on(async { Stop::listen() })?;
            let key = Key { key_file: Some(directory.join("key.hex")) };
            let sealer = sealer(&app, key.signer()?);
            let options = EventOptions { allow_private_endpoints: true, ..EventOptions::default() };
            let deliverer = deliverer(&mut app, key.vault()?, &options);
            let works = Works { gateways: Some(gateways), sealer, deliverer };
            serve(runtime, app, works, listener, stop, Duration::ZERO)
        }
        None => {
            tour(&sample, decisions, &address, &key, &path);
            app.engine.stop();
            Ok(())
        }
    }
}

fn fresh(directory: &Path) -> Done {
    if directory.exists() {
        if !directory.join(MARK).exists() {
            let name = directory.display();
            return Err(sentence(format!(
                "{name} is already there and no demo made it; choose another with --directory"
            )));
        }
        // A demo that still runs holds the lock.
        drop(store_sqlite::lock(&directory.join("books.db"))?);
        std::fs::remove_dir_all(directory)?;
    }
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(MARK), "made by quittance demo; may be deleted\n")?;
    Ok(())
}

fn tour(sample: &sample::Sample, decisions: u64, address: &str, key: &str, path: &Path) {
    let base = format!("http://{address}/api/v1");
    let auth = "-H \"Authorization: Bearer $KEY\"";
    let account = sample.with_credit.map_or_else(|| "A00000001".to_owned(), |no| no.to_string());
    let invoice =
        sample.negative_invoice.map_or_else(|| "INV00000001".to_owned(), |no| no.to_string());
    let database = path.display();
    let program = std::env::args().next().unwrap_or_else(|| "quittance".to_owned());
    line(format!("{decisions} decisions made. The server listens on http://{address}"));
    line("");
    line("Open in a browser:");
    line(format!(
        "  http://{address}/console   accounts, refunds, approvals; make yourself a user first, at"
    ));
    line(format!("  http://{address}/console/first-user   with this API key: {key}"));
    line(format!("  http://{address}/api/openapi.json   every operation, error code and example"));
    line("");
    line("Try in another terminal:");
    line(format!("  export KEY={key}"));
    line("  # an account that is owed money, and why");
    line(format!("  curl -s {auth} {base}/accounts/{account}"));
    line(format!("  curl -s {auth} {base}/accounts/{account}/credit-balance/explain"));
    line(
        "  # what refunding 5 by cheque would do: documents, balances, journal; nothing is written",
    );
    line(format!(
        "  curl -s {auth} -H 'Content-Type: application/json' -d '{{\"method_type\":\"check\",\"amount\":\"5\"}}' \\\n       '{base}/accounts/{account}/credit-balance/refund?dry_run=true'"
    ));
    line("  # do it; sent again with the same key it has no second effect");
    line(format!(
        "  curl -s {auth} -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-refund' \\\n       -d '{{\"method_type\":\"check\",\"amount\":\"5\",\"reference\":\"chq 4711\"}}' {base}/accounts/{account}/credit-balance/refund"
    ));
    line("  # move a returned order to the credit balance");
    line(format!(
        "  curl -s {auth} -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-transfer' \\\n       -d '{{}}' {base}/invoices/{invoice}/transfer"
    ));
    line("  # the books beside the running server");
    line(format!("  {program} balance {account} --explain --database sqlite:{database}"));
    line(format!("  {program} verify --database sqlite:{database}"));
}

/// An electronic refund through the sandbox gateway.
fn electronic_tour(address: &str, gateway: &str, account: AccountNo) {
    let base = format!("http://{address}/api/v1");
    let auth = "-H \"Authorization: Bearer $KEY\"";
    line("");
    line(format!(
        "A payment gateway for tests runs on {gateway}. Pay back to the customer's card:"
    ));
    line(format!(
        "  curl -s {auth} -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-electronic-refund' \\\n       -d '{{\"type\":\"electronic\",\"amount\":\"5\"}}' {base}/accounts/{account}/credit-balance/refund"
    ));
    line(
        "  # how it stands (take the refund's number from the answer), and what the gateway really paid",
    );
    line(format!("  curl -s {auth} {base}/refunds/R-00000036/attempts"));
    line(format!("  curl -s {gateway}/_sim/ledger"));
}
