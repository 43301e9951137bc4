//! Records beside the history: what people and programs need in order to work with the books, but that is no part of
//! them and may be changed and erased. One mechanism for all of them; what a body holds is its owner's business.

/// What a record is of. The numbers stand in databases: never give one to another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SideKind {
    /// A person who logs in.
    User = 1,
    /// A session of a person.
    Session = 2,
    /// A program that gets tokens with its client credentials.
    ApiClient = 3,
    /// A bearer token of a program.
    AccessToken = 4,
    /// Where events are delivered.
    EventEndpoint = 5,
    /// How far an endpoint was served.
    EventPosition = 6,
    /// A delivery that was given up, or waits to be tried again.
    EventDelivery = 7,
    /// What is known of a customer as a person.
    PersonalData = 8,
    /// Failed attempts to log in.
    LoginAttempts = 9,
    /// By which e-mail address a customer is found.
    EmailOfAccount = 10,
}

impl SideKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Session,
        Self::ApiClient,
        Self::AccessToken,
        Self::EventEndpoint,
        Self::EventPosition,
        Self::EventDelivery,
        Self::PersonalData,
        Self::LoginAttempts,
        Self::EmailOfAccount,
    ];

    /// The number that stands in databases.
    pub const fn number(self) -> i16 {
        self as i16
    }
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideRecord {
    /// Unique among those of its kind; lists are in the order of its bytes.
    pub id: String,
    /// 1 when it was made, one more with every change.
    pub version: u64,
    /// JSON.
    pub body: String,
}

/// A change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideWrite {
    /// What it is of.
    pub kind: SideKind,
    /// Which one.
    pub id: String,
    /// The version it has now; none if it is to be made.
    pub expected: Option<u64>,
    /// What it holds from now on; none to erase it.
    pub body: Option<String>,
}
