use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What every request begins with, in the order of the schema.
const HEADS: [&str; 3] = ["merchantAuthentication", "clientId", "refId"];

/// The elements of requests, in the order of the schema.
const ORDERS: [(&str, &[&str]); 8] = [
    ("createTransactionRequest", &["transactionRequest"]),
    ("getTransactionDetailsRequest", &["transId"]),
    ("getUnsettledTransactionListRequest", &["status", "sorting", "paging"]),
    ("getTransactionListRequest", &["batchId", "sorting", "paging"]),
    (
        "getSettledBatchListRequest",
        &["includeStatistics", "firstSettlementDate", "lastSettlementDate"],
    ),
    ("authenticateTestRequest", &[]),
    ("getMerchantDetailsRequest", &[]),
    ("transactionRequest", &TRANSACTION),
];

/// `transactionRequestType`.
const TRANSACTION: [&str; 36] = [
    "transactionType",
    "amount",
    "currencyCode",
    "payment",
    "profile",
    "solution",
    "callId",
    "terminalNumber",
    "authCode",
    "refTransId",
    "splitTenderId",
    "order",
    "lineItems",
    "tax",
    "duty",
    "shipping",
    "taxExempt",
    "poNumber",
    "customer",
    "billTo",
    "shipTo",
    "customerIP",
    "cardholderAuthentication",
    "retail",
    "employeeId",
    "transactionSettings",
    "userFields",
    "surcharge",
    "merchantDescriptor",
    "subMerchant",
    "tip",
    "processingOptions",
    "subsequentAuthInformation",
    "otherTax",
    "shipFrom",
    "authorizationIndicatorType",
];

/// A request, whether it came as XML or JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    text: String,
    children: Vec<Node>,
}

/// It is neither well-formed XML nor JSON.
#[derive(Debug)]
pub(super) struct Unreadable;

impl Node {
    pub(super) fn xml(text: &str) -> Result<Self, Unreadable> {
        let document = roxmltree::Document::parse(text).map_err(|_| Unreadable)?;
        Ok(Self::element(document.root_element()))
    }

    fn element(element: roxmltree::Node<'_, '_>) -> Self {
        let children = element.children().filter(roxmltree::Node::is_element);
        Self {
            name: element.tag_name().name().to_owned(),
            text: element.text().unwrap_or_default().trim().to_owned(),
            children: children.map(Self::element).collect(),
        }
    }

    /// `{"createTransactionRequest": {...}}`.
    pub(super) fn json(text: &str) -> Result<Self, Unreadable> {
        let root: Self = serde_json::from_str(text).map_err(|_| Unreadable)?;
        let [root] = <[Self; 1]>::try_from(root.children).map_err(|_| Unreadable)?;
        Ok(root)
    }

    /// Whether the request's elements are known and in the schema's order, which Authorize.Net insists on
    /// in JSON too; else the first that is not.
    pub(super) fn in_order(&self) -> Result<(), String> {
        let Some((_, order)) = ORDERS.iter().find(|(name, _)| *name == self.name) else {
            return self.children.iter().try_for_each(Self::in_order);
        };
        let heads: &[&str] = if self.name == "transactionRequest" { &[] } else { &HEADS };
        let mut allowed = heads.iter().chain(order.iter());
        let mut last = "";
        for child in &self.children {
            let again = child.name == last;
            if !again && !allowed.any(|name| *name == child.name) {
                return Err(child.name.clone());
            }
            last = &child.name;
            child.in_order()?;
        }
        Ok(())
    }

    /// The node at a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.children.iter().find(|one| one.name == *name))
    }

    /// The text at a path, if there is any.
    pub(super) fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path).map(|node| node.text.clone()).filter(|text| !text.is_empty())
    }

    /// The nodes of a name below a path.
    pub(super) fn each(&self, path: &[&str], name: &str) -> Vec<&Self> {
        let below = self.at(path).map(|node| node.children.as_slice()).unwrap_or_default();
        below.iter().filter(|node| node.name == name).collect()
    }
}

/// Reads JSON and keeps the order of its fields. An array is its items under the field's name.
struct Ordered;

/// A value before it has its name.
enum Read {
    One(Node),
    Many(Vec<Node>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::One(node) => node,
            Read::Many(children) => Self { children, ..Self::default() },
        })
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ordered)
    }
}

fn leaf<E>(text: String) -> Result<Read, E> {
    Ok(Read::One(Node { text, ..Node::default() }))
}

impl<'de> Visitor<'de> for Ordered {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Read, E> {
        leaf(text.trim().to_owned())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Read, E> {
        leaf(number.to_string())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Read, E> {
        leaf(number.to_string())
    }

    // The shortest text that is this number again is what was written, as far as it was an amount.
    fn visit_f64<E>(self, number: f64) -> Result<Read, E> {
        leaf(number.to_string())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Read, E> {
        leaf(truth.to_string())
    }

    fn visit_unit<E>(self) -> Result<Read, E> {
        leaf(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Read, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element::<Node>()? {
            nodes.push(node);
        }
        Ok(Read::Many(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Read, A::Error> {
        let mut node = Node::default();
        while let Some((name, read)) = fields.next_entry::<String, Read>()? {
            let found = match read {
                Read::One(found) => vec![found],
                Read::Many(found) => found,
            };
            let named = found.into_iter().map(|found| Node { name: name.clone(), ..found });
            node.children.extend(named);
        }
        Ok(Read::One(node))
    }
}
