//! A batch as a committer makes it, one step at a time, so that a case may look, spoil or stop between
//! two of them.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use engine::{KeyHash, Loaded, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use receivables::approval::{PersonName, Requester};
use receivables::context::Numbers;
use receivables::draft::Refusal;
use receivables::fact::Fact;
use receivables::permission::{Permissions, RoleName, Standard};
use receivables::text::OnBehalfOf;
use receivables::{
    AccountNo, AdjustmentNo, Books, Command, Context, Decision, Entry, EntryHead, EntryNo,
    InvoiceNo, ItemAdjustmentNo, PaymentNo, RefundNo, Rejection, decide,
};

use crate::model::Model;
use crate::say;

/// The instant every history begins at: Monday noon, UTC.
pub const BEGINNING: &str = "2026-03-02T12:00:00Z";

/// A command with its key.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked for.
    pub command: Command,
    /// The hash of its key.
    pub key: KeyHash,
    /// When it acts.
    pub at: Timestamp,
    /// Who asks.
    pub actor: Arc<str>,
    /// The id of the request.
    pub request_id: Arc<str>,
    /// From where.
    pub address: Option<IpAddr>,
    /// For whom.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The person behind the actor.
    pub person: Option<PersonName>,
}

impl Ask {
    /// A command of a tester at the beginning of time.
    pub fn new(command: Command, key: &str) -> Self {
        Self {
            command,
            key: key_of(key),
            at: BEGINNING.parse().unwrap(),
            actor: Arc::from("tester"),
            request_id: Arc::from(""),
            address: None,
            on_behalf_of: None,
            person: None,
        }
    }
}

/// The hash of a key.
pub(crate) fn key_of(text: &str) -> KeyHash {
    engine::hash(text.as_bytes())
}

fn fingerprint(command: &Command) -> KeyHash {
    engine::hash(&serde_json::to_vec(command).unwrap())
}

/// What became of a command.
#[derive(Clone, Debug)]
pub enum Said {
    /// It was decided.
    Done(Entry),
    /// It had been decided before.
    Replayed(Entry),
    /// A rule says no.
    Refused(Rejection),
}

impl Said {
    /// The decision, which must be a new one.
    ///
    /// # Panics
    ///
    /// If it was answered otherwise.
    #[track_caller]
    pub fn done(self) -> Entry {
        match self {
            Self::Done(entry) => entry,
            other => panic!("not done: {other:?}"),
        }
    }

    /// The decision, which must be an old one.
    ///
    /// # Panics
    ///
    /// If it was answered otherwise.
    #[track_caller]
    pub fn replayed(self) -> Entry {
        match self {
            Self::Replayed(entry) => entry,
            other => panic!("not replayed: {other:?}"),
        }
    }

    /// Why not.
    ///
    /// # Panics
    ///
    /// If it was answered otherwise.
    #[track_caller]
    pub fn refused(self) -> Rejection {
        match self {
            Self::Refused(rejection) => rejection,
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// A batch between loading and committing.
#[derive(Debug)]
pub struct Turn {
    asks: Vec<Ask>,
    loaded: Loaded,
    before: Vec<Entry>,
    batch: Batch,
}

#[derive(Debug, Default)]
struct Batch {
    said: Vec<Said>,
    entries: Vec<Entry>,
    changed: Books,
    numbers: Numbers,
}

impl Turn {
    /// Loads what the commands touch, and decides them.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub fn load(store: &mut dyn Store, asks: Vec<Ask>) -> Result<Self, StoreError> {
        let mut needs = Vec::new();
        for ask in &asks {
            ask.command.needs(&mut |need| needs.push(need));
        }
        let keys: Vec<KeyHash> = asks.iter().map(|ask| ask.key).collect();
        let loaded = store.load(&needs, &keys)?;
        let mut prior: Vec<EntryNo> = loaded.prior.values().map(|prior| prior.entry).collect();
        prior.sort_unstable();
        prior.dedup();
        let before = if prior.is_empty() { Vec::new() } else { store.entries(&prior)? };
        let batch = decide_all(&loaded, &before, loaded.numbers, &asks);
        Ok(Self { asks, loaded, before, batch })
    }

    /// Takes the numbers, and decides again if others took some meanwhile.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub fn take_numbers(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let base = self.loaded.numbers;
        let actual = store.take_numbers(base, self.batch.numbers.since(base))?;
        if actual != base {
            assert!(self.loaded.shared_numbers, "{actual:?} was answered for {base:?}");
            assert!(actual.entry >= base.entry, "{actual:?} lies before {base:?}");
            self.batch = decide_all(&self.loaded, &self.before, actual, &self.asks);
        }
        Ok(())
    }

    /// The decisions, for a case that spoils one.
    pub(crate) fn entries(&mut self) -> &mut Vec<Entry> {
        &mut self.batch.entries
    }

    /// What was asked.
    pub(crate) fn asks(&self) -> Vec<Ask> {
        self.asks.clone()
    }

    /// Commits the decisions.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub fn commit(self, store: &mut dyn Store) -> Result<Vec<Said>, StoreError> {
        let Batch { said, entries, changed, numbers } = self.batch;
        let entries: Vec<&Entry> = entries.iter().collect();
        store.commit(&entries, changed, numbers)?;
        Ok(said)
    }
}

/// Loads, decides and commits, as a committer does when nothing goes wrong.
///
/// # Errors
///
/// As the store says.
pub fn act(store: &mut dyn Store, asks: Vec<Ask>) -> Result<Vec<Said>, StoreError> {
    let mut turn = Turn::load(store, asks)?;
    if turn.batch.entries.is_empty() {
        store.release();
        return Ok(turn.batch.said);
    }
    turn.take_numbers(store)?;
    turn.commit(store)
}

/// Somebody who judges refunds, or somebody else.
fn somebody(command: &Command) -> (PersonName, Vec<RoleName>) {
    let judges = matches!(command, Command::ApproveRefund(_) | Command::RejectRefund(_));
    let person = if judges { "Judge" } else { "Clerk" };
    (say::text(person), vec![say::text(Standard::Administrator.name())])
}

fn decide_all(loaded: &Loaded, before: &[Entry], base: Numbers, asks: &[Ask]) -> Batch {
    let mut books = loaded.books.clone();
    let mut settings = (*loaded.settings).clone();
    let mut batch = Batch { numbers: base, ..Batch::default() };
    for ask in asks {
        let fingerprint = fingerprint(&ask.command);
        if let Some(prior) = loaded.prior.get(&ask.key) {
            assert_eq!(prior.fingerprint, fingerprint, "{}", prior.entry);
            let entry = before.iter().find(|entry| entry.head.no == prior.entry).unwrap();
            batch.said.push(Said::Replayed(entry.clone()));
            continue;
        }
        let (person, roles) = somebody(&ask.command);
        let by = Requester {
            permissions: Permissions::all(),
            name: person.as_str(),
            person: Some(&person),
            roles: &roles,
        };
        let context = Context::new(ask.at, &settings).by(by);
        let decision = match decide(&books, context, batch.numbers, &ask.command) {
            Ok(decision) => decision,
            Err(Refusal::Rejected(rejection)) => {
                batch.said.push(Said::Refused(rejection));
                continue;
            }
            Err(Refusal::NotPermitted(missing)) => panic!("{:?}: {missing:?}", ask.command),
            Err(Refusal::Broken(broken)) => panic!("{:?}: {broken}", ask.command),
        };
        let Decision { account, entry: no, at, facts, postings, changed, numbers } = decision;
        let head = EntryHead {
            no,
            at,
            account,
            previous: books.accounts.get(&account).and_then(|found| found.last_entry),
            command: Cow::Borrowed(ask.command.name()),
            actor: Arc::clone(&ask.actor),
            door: Cow::Borrowed("test"),
            request_id: Arc::clone(&ask.request_id),
            key_hash: ask.key,
            fingerprint,
            address: ask.address,
            on_behalf_of: ask.on_behalf_of.clone(),
            person: ask.person.clone(),
        };
        let entry = Entry { head, facts, postings };
        for fact in &entry.facts {
            if let Fact::SettingsChanged(changed) = fact {
                settings = (**changed).clone();
            }
        }
        batch.numbers = numbers;
        batch.changed.accounts.extend(&changed.accounts);
        batch.changed.invoices.extend(&changed.invoices);
        batch.changed.methods.extend(changed.methods.clone());
        batch.changed.orders.extend(changed.orders.clone());
        books.absorb(changed);
        batch.said.push(Said::Done(entry.clone()));
        batch.entries.push(entry);
    }
    batch
}

/// Looks at the store after each commit.
pub(crate) type Watch = fn(&mut dyn Store, &Model);

/// Where commands are handed in, one after the other; keeps the history they make.
pub struct Desk<'a> {
    pub(crate) store: &'a mut dyn Store,
    /// What the store must hold.
    pub model: Model,
    pub(crate) watch: Option<Watch>,
    now: Timestamp,
    keys: u64,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl<'a> Desk<'a> {
    /// On empty books.
    pub fn at(store: &'a mut dyn Store) -> Self {
        Self::on(store, Model::default())
    }

    /// On books that hold `model` already.
    pub fn on(store: &'a mut dyn Store, model: Model) -> Self {
        let begin: Timestamp = BEGINNING.parse().unwrap();
        let now = model.entries.last().map_or(begin, |entry| entry.head.at);
        let keys = model.entries.len() as u64;
        Self { store, model, watch: None, now, keys }
    }

    /// Keys from this number on: refused commands used some that the history does not show.
    pub(crate) fn keys_from(&mut self, number: u64) {
        self.keys = number;
    }

    pub(crate) fn later(&mut self, hours: i64) {
        self.now = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
    }

    /// A command now, with a key of its own.
    pub(crate) fn ask(&mut self, command: Command) -> Ask {
        self.keys += 1;
        // Now and then it is known from where a command comes, and for whom.
        let address = self.keys.is_multiple_of(3).then(|| "2001:db8::7".parse().unwrap());
        let on_behalf_of = self.keys.is_multiple_of(5).then(|| say::text("Zoë at the till"));
        let ask = Ask::new(command, &format!("key {}", self.keys));
        let person = self.keys.is_multiple_of(4).then(|| say::text("Zoë Meyer"));
        Ask { at: self.now, address, on_behalf_of, person, ..ask }
    }

    /// Several commands as one batch.
    pub(crate) fn batch(&mut self, commands: Vec<Command>) -> Vec<Said> {
        let asks = commands.into_iter().map(|command| self.ask(command)).collect();
        self.hand_in(asks)
    }

    /// As [`Desk::batch`], with everything about the commands.
    pub(crate) fn hand_in(&mut self, asks: Vec<Ask>) -> Vec<Said> {
        let said = act(self.store, asks).unwrap();
        for said in &said {
            if let Said::Done(entry) = said {
                self.model.take(entry);
            }
        }
        if let Some(watch) = self.watch {
            watch(self.store, &self.model);
        }
        said
    }

    /// Several commands as one batch, none of which may be refused.
    ///
    /// # Panics
    ///
    /// If one is.
    #[track_caller]
    pub fn all(&mut self, commands: Vec<Command>) -> Vec<Entry> {
        self.batch(commands).into_iter().map(Said::done).collect()
    }

    pub(crate) fn say(&mut self, command: Command) -> Said {
        self.batch(vec![command]).pop().unwrap()
    }

    /// One command, which may not be refused.
    ///
    /// # Panics
    ///
    /// If it is.
    #[track_caller]
    pub fn done(&mut self, command: Command) -> Entry {
        self.say(command).done()
    }

    #[track_caller]
    pub(crate) fn account(&mut self, currency: &str) -> AccountNo {
        self.done(Command::OpenAccount(say::open(currency))).head.account
    }

    #[track_caller]
    pub(crate) fn posted(&mut self, account: AccountNo, amount: &str) -> InvoiceNo {
        invoice_of(&self.done(say::posted(account, amount)))
    }

    #[track_caller]
    pub(crate) fn deposited(&mut self, account: AccountNo, amount: &str) -> PaymentNo {
        payment_of(&self.done(say::deposit(account, amount)))
    }
}

macro_rules! made {
    ($($name:ident: $number:ty = $fact:ident;)*) => {
        $(
            /// The first document of its kind that a decision made.
            #[track_caller]
            pub(crate) fn $name(entry: &Entry) -> $number {
                let found = entry.facts.iter().find_map(|fact| match fact {
                    Fact::$fact(made) => Some(made.no),
                    _ => None,
                });
                found.unwrap()
            }
        )*
    };
}

made! {
    invoice_of: InvoiceNo = InvoiceDrafted;
    payment_of: PaymentNo = PaymentRecorded;
    adjustment_of: AdjustmentNo = CreditBalanceAdjusted;
    refund_of: RefundNo = Refunded;
    item_adjustment_of: ItemAdjustmentNo = InvoiceItemAdjusted;
}
