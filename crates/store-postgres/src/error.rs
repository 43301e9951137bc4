//! What can go wrong between us and the database, and what that means for a batch.

use columns::Corrupt;
use engine::{ReadError, StoreError, StoreErrorKind};
use tokio_postgres::error::SqlState;

/// The database could not be read or written, or holds something impossible.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PgError {
    /// The database says no, or the connection broke.
    #[error("{}", sentence(.0))]
    Sql(#[from] tokio_postgres::Error),
    /// No answer in time.
    #[error("the database does not answer")]
    Silent,
    /// It cannot be reached at all.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Our row of `committer` is gone, so numbers must not be taken.
    #[error("this committer has to register again")]
    NotRegistered,
    /// A document was made while the locks were waited for, on an account that is not locked.
    #[error("what was asked for changed while it was waited for")]
    Moved,
    /// A value that this program never writes.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

pub(crate) type Pg<T> = Result<T, PgError>;

pub(crate) fn corrupt(what: impl std::fmt::Display) -> PgError {
    columns::corrupt(what).into()
}

fn sentence(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(found) => format!("{} ({})", found.message(), found.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// What a batch was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing was sent that could have been committed.
    Before,
    /// The commit was sent.
    Commit,
}

impl PgError {
    /// True if the connection cannot be used any more.
    pub(crate) fn broke_connection(&self) -> bool {
        match self {
            Self::Silent | Self::Unreachable(_) => true,
            Self::Sql(error) => match error.as_db_error() {
                Some(found) => ends_session(found.code()),
                None => true,
            },
            Self::NotRegistered | Self::Moved | Self::Corrupt(_) => false,
        }
    }

    /// What this means for the batch.
    pub(crate) fn kind(&self, phase: Phase) -> StoreErrorKind {
        if self.broke_connection() {
            return match phase {
                Phase::Before => StoreErrorKind::Lost,
                Phase::Commit => StoreErrorKind::Unknown,
            };
        }
        match self {
            Self::NotRegistered | Self::Moved => StoreErrorKind::Conflict,
            Self::Sql(error) => error.code().map_or(StoreErrorKind::Other, kind_of),
            _ => StoreErrorKind::Other,
        }
    }

    pub(crate) fn into_store_error(self, phase: Phase) -> StoreError {
        StoreError { kind: self.kind(phase), detail: self.to_string() }
    }
}

/// The server shuts down or starts, takes no more connections, or ends one whose transaction idles too long.
fn ends_session(code: &SqlState) -> bool {
    code.code().starts_with("57P")
        || *code == SqlState::TOO_MANY_CONNECTIONS
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

fn kind_of(code: &SqlState) -> StoreErrorKind {
    if [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        // Another server wrote the same key, or an external id that was free when we looked.
        SqlState::UNIQUE_VIOLATION,
    ]
    .contains(code)
    {
        return StoreErrorKind::Conflict;
    }
    if *code == SqlState::DISK_FULL {
        return StoreErrorKind::Full;
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return StoreErrorKind::ReadOnly;
    }
    StoreErrorKind::Other
}

impl From<PgError> for ReadError {
    fn from(error: PgError) -> Self {
        Self(error.to_string())
    }
}
