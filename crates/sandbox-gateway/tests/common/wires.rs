use serde_json::{Value, json};

use super::{Reply, Sandbox};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Plain,
    Stripe,
    Cybersource,
    Authorizenet,
}

/// All of them.
pub const WIRES: [Wire; 4] = [Wire::Plain, Wire::Stripe, Wire::Cybersource, Wire::Authorizenet];

/// What a client may conclude from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Done. With the amount that was echoed, if any was.
    Succeeded(Option<String>),
    /// Taken, and not decided.
    Pending,
    /// A certain no.
    Declined,
    /// No answer.
    Dropped,
    /// A server error.
    Broken,
    /// Come again.
    Throttled,
}

/// What is asked of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub reference: &'a str,
    pub amount: &'a str,
    /// The outcome the call itself asks for.
    pub sim: Option<&'a str>,
}

impl Wire {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Stripe => "stripe",
            Self::Cybersource => "cybersource",
            Self::Authorizenet => "authorizenet",
        }
    }

    /// Charges a method and answers the id that refunds name.
    pub fn charge(self, sandbox: &Sandbox, token: &str, reference: &str, amount: &str) -> String {
        let reply = match self {
            Self::Plain => sandbox.plain(
                "POST",
                "charges",
                reference,
                Some(&json!({"reference": reference,
                "method_token": token, "amount": amount, "currency": "USD"})),
            ),
            Self::Stripe => sandbox.stripe(
                "POST",
                "payment_intents",
                reference,
                &[
                    ("amount", &minor(amount)),
                    ("currency", "usd"),
                    ("payment_method", token),
                    ("confirm", "true"),
                    ("metadata[reference]", reference),
                ],
            ),
            Self::Cybersource => {
                let mut body = cybersource(reference, amount, None);
                body["paymentInformation"] = json!({"paymentInstrument": {"id": token}});
                sandbox.cybersource("POST", "/pts/v2/payments", Some(&body), &[])
            }
            Self::Authorizenet => {
                let mut body = authorizenet("authCaptureTransaction", reference, amount, None);
                body["transactionRequest"]["profile"] = profile(token);
                sandbox.authorizenet("createTransactionRequest", &body, &[])
            }
        };
        let body = reply.unwrap().json();
        let id = match self {
            Self::Plain | Self::Cybersource => &body["id"],
            Self::Stripe => &body["latest_charge"],
            Self::Authorizenet => &body["transactionResponse"]["transId"],
        };
        id.as_str().unwrap_or_else(|| panic!("{self:?}: {body}")).to_owned()
    }

    /// Refunds a charge. The key is the reference.
    pub fn refund(self, sandbox: &Sandbox, charge: &str, order: Order<'_>) -> Told {
        let Order { reference, amount, sim } = order;
        let reply = match self {
            Self::Plain => {
                let mut body = json!({"reference": reference, "charge": charge, "amount": amount,
                                      "currency": "USD", "metadata": {}});
                if let Some(sim) = sim {
                    body["metadata"]["sim"] = json!(sim);
                }
                sandbox.plain("POST", "refunds", reference, Some(&body))
            }
            Self::Stripe => {
                let amount = minor(amount);
                let mut form = vec![
                    ("charge", charge),
                    ("amount", &amount),
                    ("metadata[reference]", reference),
                ];
                form.extend(sim.map(|sim| ("metadata[sim]", sim)));
                sandbox.stripe("POST", "refunds", reference, &form)
            }
            Self::Cybersource => {
                let path = format!("/pts/v2/payments/{charge}/refunds");
                let body = cybersource(reference, amount, sim);
                sandbox.cybersource("POST", &path, Some(&body), &[])
            }
            Self::Authorizenet => {
                let mut body = authorizenet("refundTransaction", reference, amount, sim);
                body["transactionRequest"]["refTransId"] = json!(charge);
                body["transactionRequest"]["payment"] =
                    json!({"creditCard": {"cardNumber": "4242", "expirationDate": "XXXX"}});
                sandbox.authorizenet("createTransactionRequest", &body, &[])
            }
        };
        self.told(reply)
    }

    /// Pays out to a method without a charge; Stripe cannot.
    pub fn credit(self, sandbox: &Sandbox, token: &str, order: Order<'_>) -> Told {
        let Order { reference, amount, sim } = order;
        let reply = match self {
            Self::Plain => {
                let mut body = json!({"reference": reference, "method_token": token, "amount": amount,
                                      "currency": "USD", "metadata": {}});
                if let Some(sim) = sim {
                    body["metadata"]["sim"] = json!(sim);
                }
                sandbox.plain("POST", "credits", reference, Some(&body))
            }
            Self::Stripe => panic!("Stripe has no credits"),
            Self::Cybersource => {
                let mut body = cybersource(reference, amount, sim);
                body["paymentInformation"] = json!({"paymentInstrument": {"id": token}});
                sandbox.cybersource("POST", "/pts/v2/credits", Some(&body), &[])
            }
            Self::Authorizenet => {
                let mut body = authorizenet("refundTransaction", reference, amount, sim);
                body["transactionRequest"]["profile"] = profile(token);
                sandbox.authorizenet("createTransactionRequest", &body, &[])
            }
        };
        self.told(reply)
    }

    fn told(self, reply: Option<Reply>) -> Told {
        let Some(reply) = reply else { return Told::Dropped };
        match reply.status {
            429 => return Told::Throttled,
            500.. => return Told::Broken,
            400..=499 => return Told::Declined,
            _ => {}
        }
        let body = reply.json();
        match self {
            Self::Plain => match body["status"].as_str().unwrap() {
                "pending" => Told::Pending,
                _ => Told::Succeeded(body["amount"].as_str().map(str::to_owned)),
            },
            Self::Stripe => match body["status"].as_str().unwrap() {
                "pending" => Told::Pending,
                "failed" => Told::Declined,
                _ => Told::Succeeded(body["amount"].as_i64().map(decimal)),
            },
            Self::Cybersource => match body["status"].as_str().unwrap() {
                "DECLINED" => Told::Declined,
                _ => {
                    let refund = body["refundAmountDetails"]["refundAmount"].as_str();
                    let credit = body["creditAmountDetails"]["creditAmount"].as_str();
                    Told::Succeeded(refund.or(credit).map(str::to_owned))
                }
            },
            Self::Authorizenet => {
                match body["transactionResponse"]["responseCode"].as_str().unwrap() {
                    "1" => Told::Succeeded(None),
                    "4" => Told::Pending,
                    _ => Told::Declined,
                }
            }
        }
    }

    /// The state of what carries a reference, as the dialect's look-up shows it: `succeeded`, `pending`
    /// (CyberSource: either), `failed`, `settled`; `None` if it shows nothing.
    pub fn look_up(self, sandbox: &Sandbox, reference: &str) -> Option<String> {
        match self {
            Self::Plain => {
                let path = format!("transactions?reference={reference}");
                let body = sandbox.plain("GET", &path, "", None).unwrap().json();
                Some(body["data"][0]["status"].as_str()?.to_owned())
            }
            Self::Stripe => {
                let body =
                    sandbox.stripe("GET", "refunds", "", &[("limit", "100")]).unwrap().json();
                let found = body["data"].as_array().unwrap().iter();
                let found =
                    found.into_iter().find(|one| one["metadata"]["reference"] == reference)?;
                Some(found["status"].as_str()?.to_owned())
            }
            Self::Cybersource => {
                let query = format!("clientReferenceInformation.code:{reference}");
                let body = json!({"query": query, "sort": "submitTimeUtc:desc", "limit": 20});
                let reply =
                    sandbox.cybersource("POST", "/tss/v2/searches", Some(&body), &[]).unwrap();
                assert_eq!(reply.status, 201, "{}", reply.text);
                let body = reply.json();
                let found = &body["_embedded"]["transactionSummaries"][0];
                let state = found["applicationInformation"]["status"].as_str()?;
                Some(cybersource_state(state).to_owned())
            }
            Self::Authorizenet => {
                let batches = sandbox.authorizenet("getSettledBatchListRequest", &json!({}), &[]);
                let batches = batches.unwrap().json();
                let batches = batches["batchList"].as_array().cloned().unwrap_or_default();
                let mut lists = vec![("getUnsettledTransactionListRequest", json!({}))];
                for batch in batches {
                    lists.push(("getTransactionListRequest", json!({"batchId": batch["batchId"]})));
                }
                for (name, body) in lists {
                    let found = sandbox.authorizenet(name, &body, &[]).unwrap().json();
                    let found = found["transactions"].as_array().cloned().unwrap_or_default();
                    let mut found = found.into_iter();
                    if let Some(found) = found.find(|one| one["invoiceNumber"] == reference) {
                        return Some(authorizenet_state(&found).to_owned());
                    }
                }
                None
            }
        }
    }
}

fn cybersource_state(state: &str) -> &'static str {
    match state {
        "PENDING" => "pending",
        "TRANSMITTED" => "settled",
        "DECLINED" | "REJECTED" => "failed",
        _ => "voided",
    }
}

fn authorizenet_state(found: &Value) -> &'static str {
    match found["transactionStatus"].as_str().unwrap() {
        "FDSPendingReview" => "pending",
        "refundPendingSettlement" | "capturedPendingSettlement" => "succeeded",
        "refundSettledSuccessfully" | "settledSuccessfully" => "settled",
        "declined" | "returnedItem" => "failed",
        other => panic!("{other}"),
    }
}

fn cybersource(reference: &str, amount: &str, sim: Option<&str>) -> Value {
    let mut body = json!({
        "clientReferenceInformation": {"code": reference},
        "orderInformation": {"amountDetails": {"totalAmount": amount, "currency": "USD"}},
    });
    if let Some(sim) = sim {
        body["merchantDefinedInformation"] = json!([{"key": "sim", "value": sim}]);
    }
    body
}

fn authorizenet(kind: &str, reference: &str, amount: &str, sim: Option<&str>) -> Value {
    let mut inner = json!({"transactionType": kind, "amount": amount,
                           "order": {"invoiceNumber": reference}});
    if let Some(sim) = sim {
        inner["userFields"] = json!({"userField": [{"name": "sim", "value": sim}]});
    }
    json!({"refId": reference, "transactionRequest": inner})
}

fn profile(token: &str) -> Value {
    json!({"customerProfileId": "1", "paymentProfile": {"paymentProfileId": token}})
}

fn minor(amount: &str) -> String {
    amount.replace('.', "")
}

fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// JSON with the fields of a request to Authorize.Net in the schema's order.
pub fn ordered(value: &Value) -> String {
    const ORDER: [&str; 14] = [
        "merchantAuthentication",
        "refId",
        "transactionRequest",
        "transactionType",
        "amount",
        "payment",
        "profile",
        "refTransId",
        "order",
        "userFields",
        "status",
        "batchId",
        "sorting",
        "paging",
    ];
    let Some(fields) = value.as_object() else { return value.to_string() };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("\"{name}\":{}", ordered(value))).collect();
    format!("{{{}}}", fields.join(","))
}
