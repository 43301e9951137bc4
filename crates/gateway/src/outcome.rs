use money::Money;
pub use receivables::order::DeclineCode;

/// What a gateway gave for an instruction it carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id of the transaction.
    pub gateway_id: String,
    /// Its second id, if it made two.
    pub second_id: Option<String>,
    /// The amount as it echoes it. Another one than asked for is caught by the worker.
    pub amount: Option<Money>,
    /// Its code, as written.
    pub code: Option<String>,
    /// What it says, in words.
    pub message: Option<String>,
}

/// A certain no: no money moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// In our words.
    pub reason: DeclineCode,
    /// The gateway's code, as written.
    pub code: String,
    /// What it says, in words.
    pub message: String,
}

/// What is known after an instruction was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money moves.
    Succeeded(Receipt),
    /// The gateway took it and will say later.
    Pending(Receipt),
    /// The gateway says no: nothing moved.
    Declined(Decline),
    /// The gateway, or the network before the first byte, did not take it: nothing moved, and the same
    /// may be sent again with the same key.
    NotTaken {
        /// Why, for people.
        reason: String,
        /// When it may be tried again, if the gateway said.
        retry_after_seconds: Option<u32>,
    },
    /// Whether anything moved is not known. Also what a "duplicate" means: most often the first one
    /// succeeded (gateways 6.21).
    Unknown {
        /// Why, for people.
        reason: String,
    },
}

/// What became of an instruction, as the gateway tells later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoneyState {
    /// It moved, or moves.
    Succeeded,
    /// It moved, and the processor has settled it.
    Settled,
    /// Not decided yet.
    Pending,
    /// It did not move, or came back.
    Failed(Decline),
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The transaction.
    Found {
        /// Its state.
        state: MoneyState,
        /// Its ids and amount.
        receipt: Receipt,
    },
    /// There is none.
    NotFound {
        /// False while the gateway's search may lag behind: then a miss says nothing.
        conclusive: bool,
    },
    /// The gateway did not answer, or not so that it can be understood.
    NoAnswer {
        /// Why, for people.
        reason: String,
    },
}
