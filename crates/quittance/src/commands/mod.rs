//! One file per command.

mod audit;
mod backup;
mod bench;
mod copy;
mod custom_fields;
mod demo;
mod demo_gateway;
mod events;
mod export;
mod figures;
mod import;
mod keys;
mod migrate;
mod people;
mod refund;
mod roles;
mod sample;
mod sandbox_gateway;
pub(crate) mod serve;
pub(crate) mod verify;
mod worker;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::output::{Done, line};

/// Runs the command; the exit code is 0 for done and 1 for refused or failed.
pub(crate) fn run(cli: Cli) -> Done<ExitCode> {
    match cli.command {
        Command::Serve(arguments) => serve::run(&arguments)?,
        Command::Demo(arguments) => demo::run(&arguments)?,
        Command::Import(arguments) => import::run(&arguments)?,
        Command::Export(arguments) => export::run(&arguments)?,
        Command::Verify(arguments) => return verify::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments)?,
        Command::Balance(arguments) => figures::balance(&arguments)?,
        Command::Statement(arguments) => figures::statement(&arguments)?,
        Command::Refund(arguments) => refund::run(&arguments)?,
        Command::Key(arguments) => keys::run(&arguments)?,
        Command::User(arguments) => people::users(&arguments)?,
        Command::Client(arguments) => people::clients(&arguments)?,
        Command::Role(arguments) => roles::run(&arguments)?,
        Command::CustomField(arguments) => custom_fields::run(&arguments)?,
        Command::Whoami { connection } => roles::whoami(&connection)?,
        Command::Events(arguments) => events::run(&arguments)?,
        Command::Bench(arguments) => bench::run(&arguments)?,
        Command::Openapi => line(api::document().to_pretty_json()?),
        Command::Backup(arguments) => backup::backup(&arguments)?,
        Command::Restore(arguments) => backup::restore(&arguments)?,
        Command::Copy(arguments) => copy::run(&arguments)?,
        Command::Migrate(arguments) => migrate::run(&arguments)?,
        Command::Worker(arguments) => worker::run(&arguments)?,
        Command::SandboxGateway(arguments) => sandbox_gateway::run(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}
