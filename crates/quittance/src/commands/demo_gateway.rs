//! The sandbox gateway of the demo: a process of its own, configured as a customer would.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;

use api::App;
use engine::{Actor, IdempotencyKey, Request};
use receivables::command::{AddGateway, AddPaymentMethod};
use receivables::gateway::GatewayKind;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::payment_method::{Expiry, LastFour};
use receivables::{AccountNo, Command};
use tokio::runtime::Runtime;
use worker::{Gateways, Vault};

use super::serve::desk;
use crate::output::{Done, sentence};

const NAME: &str = "sandbox";

/// A sandbox gateway that ends with the demo.
pub(crate) struct Sandbox {
    child: Child,
    pub(crate) address: String,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sandbox {
    /// Starts it on its own data file and waits until it says where it listens.
    pub(crate) fn start(directory: &Path, listen: SocketAddr) -> Done<Self> {
        let mut child = Process::new(std::env::current_exe()?)
            .args(["sandbox-gateway", "--listen", &listen.to_string(), "--data"])
            .arg(directory.join("sandbox-gateway.log"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        let address = said.trim().rsplit_once(' ').map(|(_, address)| address.to_owned());
        match address {
            Some(address) if address.starts_with("http://") => Ok(Self { child, address }),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                let why = "the sandbox gateway does not start; is its address free? Choose another with --gateway-listen";
                Err(sentence(why))
            }
        }
    }
}

/// Configures the gateway in the books, gives an account a card that always works, and lets the sandbox
/// send its webhooks here. The key of the credentials lies in the directory.
pub(crate) fn configure(
    runtime: &Runtime,
    app: &mut App,
    sandbox: &Sandbox,
    directory: &Path,
    address: &str,
    account: AccountNo,
) -> Done<Arc<Gateways>> {
    let key = random_hex()?;
    std::fs::write(directory.join("key.hex"), &key)?;
    let gateways = desk(app, Some(Vault::new(&key).map_err(sentence)?));
    let add = Command::AddGateway(AddGateway {
        name: NAME.parse().map_err(sentence)?,
        kind: GatewayKind::Sandbox,
        unreferenced_credits: true,
        url: Some(format!("{}/plain", sandbox.address).parse().map_err(sentence)?),
        reference_prefix: None,
        concurrency: None,
        per_second: None,
        default: true,
    });
    let card = Command::AddPaymentMethod(AddPaymentMethod {
        account: Ref::to(account),
        method_type: MethodType::CreditCard,
        token: Some("pm_ok".parse().map_err(sentence)?),
        customer: None,
        gateway: None,
        brand: Some("Visa".parse().map_err(sentence)?),
        last_four: LastFour::new("4242"),
        expiry: Expiry::new(2099, 12),
        default: true,
    });
    for (name, command) in [("gateway", add), ("card", card)] {
        let key = IdempotencyKey::try_new(&format!("demo {name}")).map_err(sentence)?;
        let request = Request::new(command, key, Actor::program(Arc::from("demo")), "demo");
        runtime.block_on(app.engine.execute(request))?;
    }
    let settings = app.reader.settings()?;
    let gateway = settings.gateways.first().ok_or_else(|| sentence("no gateway"))?;
    let webhook_secret = random_hex()?;
    let credentials = BTreeMap::from([
        ("api_key".to_owned(), "sandbox-demo".to_owned()),
        ("webhook_secret".to_owned(), webhook_secret.clone()),
    ]);
    if let Some(desk) = &app.desk {
        let sealed = desk.seal(gateway, credentials, app.engine.clock().now())?;
        runtime.block_on(app.engine.put_gateway_secret(sealed))?;
    }
    let target = serde_json::json!({
        "dialect": "plain",
        "url": format!("http://{address}/webhooks/{NAME}"),
        "secret": webhook_secret,
        "enabled": true,
        "real_time": true,
    });
    ureq::post(format!("{}/_sim/webhooks", sandbox.address))
        .header("Content-Type", "application/json")
        .send(target.to_string())?;
    Ok(gateways)
}

fn random_hex() -> Done<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(sentence)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
