//! Authorize.Net's one endpoint, in XML and JSON (gateways 2.4).

mod element;
mod events;
mod lists;
mod node;
mod transactions;

use crate::call::{Call, Reply};
use crate::core::Core;
use element::{Out, fields, repeat, word};
use node::Node;

pub(crate) use events::{envelope, events};

/// The namespace of everything.
const NAMESPACE: &str = "AnetApi/xml/v1/schema/AnetApiSchema.xsd";

/// An error of the whole request: code and sentence.
#[derive(Clone, Debug)]
struct Problem(&'static str, String);

/// What a request is answered with.
enum Answered {
    /// The fields of the answer after `messages`, and whether it went well.
    Fields(Vec<(&'static str, Out)>, bool),
    /// Done, but told in another way.
    Other(Reply),
    /// There is nothing to show.
    Nothing(Vec<(&'static str, Out)>),
    /// The fields, but they never arrive.
    Hung(Vec<(&'static str, Out)>),
}

type Handled = Result<Answered, Problem>;

/// Answers a call. The status is 200 even for errors.
pub(crate) fn answer(core: &mut Core, call: &Call) -> Reply {
    if call.path != "/xml/v1/request.api" || call.method != "POST" {
        return Reply::new(404, "text/plain", b"Not Found".to_vec());
    }
    let text = call.text();
    let text = text.trim_start_matches('\u{feff}').trim();
    let xml = text.starts_with('<');
    let asked = if xml { Node::xml(text) } else { Node::json(text) };
    let Ok(asked) = asked else {
        let problem = Problem("E00003", "The request cannot be parsed.".to_owned());
        return reply(xml, "ErrorResponse", None, Err(problem));
    };
    if let Err(element) = asked.in_order() {
        let sentence =
            format!("The element has the invalid child element '{element}' in this place.");
        return reply(xml, "ErrorResponse", None, Err(Problem("E00003", sentence)));
    }
    let name = answer_name(&asked.name);
    let handled = authorised(core, &asked).and_then(|()| route(core, call, &asked));
    let shown = if handled.is_err() { "ErrorResponse" } else { name };
    reply(xml, shown, asked.text(&["refId"]), handled)
}

/// The element an answer is in, by the element of the request.
fn answer_name(asked: &str) -> &'static str {
    match asked {
        "createTransactionRequest" => "createTransactionResponse",
        "getTransactionDetailsRequest" => "getTransactionDetailsResponse",
        "getUnsettledTransactionListRequest" => "getUnsettledTransactionListResponse",
        "getTransactionListRequest" => "getTransactionListResponse",
        "getSettledBatchListRequest" => "getSettledBatchListResponse",
        "authenticateTestRequest" => "authenticateTestResponse",
        "getMerchantDetailsRequest" => "getMerchantDetailsResponse",
        _ => "ErrorResponse",
    }
}

fn authorised(core: &Core, asked: &Node) -> Result<(), Problem> {
    let given = (
        asked.text(&["merchantAuthentication", "name"]).unwrap_or_default(),
        asked.text(&["merchantAuthentication", "transactionKey"]).unwrap_or_default(),
    );
    let wanted = core.options.authorizenet_login.as_ref();
    if !given.0.is_empty() && !given.1.is_empty() && wanted.is_none_or(|wanted| *wanted == given) {
        return Ok(());
    }
    let message = "User authentication failed due to invalid authentication values.";
    Err(Problem("E00007", message.to_owned()))
}

fn route(core: &mut Core, call: &Call, asked: &Node) -> Handled {
    match asked.name.as_str() {
        "createTransactionRequest" => transactions::create(core, call, asked),
        "getTransactionDetailsRequest" => lists::details(core, asked),
        "getUnsettledTransactionListRequest" => lists::unsettled(core, asked),
        "getTransactionListRequest" => lists::batch(core, asked),
        "getSettledBatchListRequest" => lists::batches(core, asked),
        "authenticateTestRequest" => Ok(Answered::Fields(Vec::new(), true)),
        "getMerchantDetailsRequest" => Ok(Answered::Fields(lists::merchant(), true)),
        name => {
            Err(Problem("E00045", format!("The root node {name} does not reference a request.")))
        }
    }
}

fn reply(xml: bool, name: &str, reference: Option<String>, handled: Handled) -> Reply {
    let (rest, code, sentence, hung) = match handled {
        Ok(Answered::Other(reply)) => return reply,
        Ok(Answered::Nothing(rest)) => (rest, "I00004", "No records found.".to_owned(), false),
        Ok(Answered::Hung(rest)) => (rest, "I00001", "Successful.".to_owned(), true),
        Ok(Answered::Fields(rest, true)) => (rest, "I00001", "Successful.".to_owned(), false),
        Ok(Answered::Fields(rest, false)) => {
            (rest, "E00027", "The transaction was unsuccessful.".to_owned(), false)
        }
        Err(Problem(code, sentence)) => (Vec::new(), code, sentence, false),
    };
    let result = if code.starts_with('I') { "Ok" } else { "Error" };
    let message = fields([("code", word(code)), ("text", word(sentence))]);
    let messages = fields([("resultCode", word(result)), ("message", repeat([message]))]);
    let mut all: Vec<(&'static str, Out)> = Vec::new();
    all.extend(reference.map(|reference| ("refId", word(reference))));
    all.push(("messages", messages));
    all.extend(rest);
    let root = Out::Fields(all);
    let (kind, text) = if xml {
        ("application/xml; charset=utf-8", root.to_xml(name, NAMESPACE))
    } else {
        ("application/json; charset=utf-8", root.to_json())
    };
    let reply = Reply::new(200, kind, format!("\u{feff}{text}").into_bytes());
    if hung { reply.hung() } else { reply }
}

/// Not taken.
pub(crate) fn throttled() -> Reply {
    Reply::new(429, "text/plain", b"Too Many Requests".to_vec()).with("retry-after", "1")
}

/// Outcome unknown.
pub(crate) fn broken() -> Reply {
    Reply::new(500, "text/html", b"<html><body>Server Error</body></html>".to_vec())
}
