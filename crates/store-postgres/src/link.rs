//! A connection with its own small runtime, used by one thread at a time: the socket is driven by the
//! thread that waits for it, without a hand-over to another.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join_all;
use rustc_hash::FxHashMap;
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::error::{Pg, PgError};

/// How long an answer may take before the connection is given up.
const ANSWER_MAX: Duration = Duration::from_secs(60);

type Param = Box<dyn ToSql + Sync + Send>;

/// One statement of a pipeline.
pub(crate) struct Query {
    sql: &'static str,
    params: Option<Vec<Param>>,
}

impl Query {
    /// A prepared statement without parameters yet.
    pub(crate) fn new(sql: &'static str) -> Self {
        Self { sql, params: Some(Vec::new()) }
    }

    /// A statement without parameters and rows, such as `BEGIN`.
    pub(crate) fn text(sql: &'static str) -> Self {
        Self { sql, params: None }
    }

    /// With one more parameter.
    pub(crate) fn with(mut self, param: impl ToSql + Sync + Send + 'static) -> Self {
        self.params.get_or_insert_with(Vec::new).push(Box::new(param));
        self
    }
}

/// An open connection.
pub(crate) struct Link {
    runtime: Runtime,
    client: Client,
    statements: FxHashMap<&'static str, Statement>,
    /// True if the database is of the old schema and only read: see [`crate::old`].
    old: bool,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Link {
    /// Connects and runs `settings`, statements separated by semicolons.
    pub(crate) fn connect(config: &Config, settings: &str) -> Pg<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| PgError::Unreachable(error.to_string()))?;
        let connected = runtime.block_on(async {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(detail = %error, "a connection to the database ended");
                }
            });
            client.batch_execute(settings).await?;
            for setting in crate::PLANNER_SETTINGS {
                if let Err(error) = client.batch_execute(setting).await {
                    tracing::debug!(detail = %error, setting, "the planner keeps its own way");
                }
            }
            Ok::<_, tokio_postgres::Error>(client)
        });
        Ok(Self { client: connected?, runtime, statements: FxHashMap::default(), old: false })
    }

    /// For a database of the old schema that is only read.
    pub(crate) fn of_old_schema(self) -> Self {
        Self { old: true, ..self }
    }

    /// True once the connection is known to be gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Sends all `queries` at once and waits for all answers: one round trip. The error of the first
    /// that failed stands for all; the server skips the rest of their transaction.
    pub(crate) fn run(&mut self, queries: Vec<Query>) -> Pg<Vec<Vec<Row>>> {
        let (runtime, client, statements) = (&self.runtime, &self.client, &mut self.statements);
        let old = self.old;
        runtime.block_on(async {
            let done = async {
                prepare(client, statements, &queries, old).await?;
                pipeline(client, statements, &queries).await
            };
            tokio::time::timeout(ANSWER_MAX, done).await.map_err(|_| PgError::Silent)?
        })
    }

    /// Runs one query.
    pub(crate) fn one(&mut self, query: Query) -> Pg<Vec<Row>> {
        Ok(self.run(vec![query])?.pop().unwrap_or_default())
    }

    /// Runs statements separated by semicolons, such as a schema, however long that takes.
    pub(crate) fn script(&mut self, sql: &str) -> Pg<()> {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }
}

/// Prepares what is not prepared yet, all in one round trip.
async fn prepare(
    client: &Client,
    statements: &mut FxHashMap<&'static str, Statement>,
    queries: &[Query],
    old: bool,
) -> Pg<()> {
    let mut new: Vec<&'static str> = queries
        .iter()
        .filter(|query| query.params.is_some() && !statements.contains_key(query.sql))
        .map(|query| query.sql)
        .collect();
    new.sort_unstable();
    new.dedup();
    if new.is_empty() {
        return Ok(());
    }
    let questions: Vec<Cow<'static, str>> = new
        .iter()
        .map(|sql| if old { crate::old::question(sql).into() } else { Cow::Borrowed(*sql) })
        .collect();
    let prepared = join_all(questions.iter().map(|sql| client.prepare(sql))).await;
    for (sql, statement) in new.into_iter().zip(prepared) {
        statements.insert(sql, statement?);
    }
    Ok(())
}

type Outcome = Result<Vec<Row>, tokio_postgres::Error>;
type Answer<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

async fn pipeline(
    client: &Client,
    statements: &FxHashMap<&'static str, Statement>,
    queries: &[Query],
) -> Pg<Vec<Vec<Row>>> {
    let mut waiting: Vec<(Answer<'_>, Option<Outcome>)> =
        queries.iter().map(|query| (ask(client, statements, query), None)).collect();
    // A request is sent when its answer is first asked for: ask for all, in order, before waiting.
    std::future::poll_fn(|context| {
        for (answer, early) in &mut waiting {
            if let Poll::Ready(done) = answer.as_mut().poll(context) {
                *early = Some(done);
            }
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(waiting.len());
    let mut failed = None;
    for (answer, early) in waiting {
        let done = match early {
            Some(done) => done,
            None => answer.await,
        };
        match done {
            Ok(rows) => answers.push(rows),
            Err(error) if failed.is_none() => failed = Some(error),
            Err(_) => {}
        }
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(answers),
    }
}

fn ask<'a>(
    client: &'a Client,
    statements: &'a FxHashMap<&'static str, Statement>,
    query: &'a Query,
) -> Answer<'a> {
    match (&query.params, statements.get(query.sql)) {
        (Some(params), Some(statement)) => Box::pin(async move {
            let params: Vec<&(dyn ToSql + Sync)> =
                params.iter().map(|param| -> &(dyn ToSql + Sync) { param.as_ref() }).collect();
            client.query(statement, &params).await
        }),
        _ => Box::pin(async move { client.batch_execute(query.sql).await.map(|()| Vec::new()) }),
    }
}
