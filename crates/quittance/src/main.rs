//! The binary: configuration, wiring, commands; nothing else.

mod cli;
mod client;
mod commands;
mod copy;
mod database;
mod events;
mod gateways;
mod interrupt;
mod output;
mod place;
mod read_only;
mod rebuild;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            output::failure(&error);
            ExitCode::from(1)
        }
    }
}
