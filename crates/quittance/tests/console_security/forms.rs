//! The forms of a page, as a browser would send them.

use crate::support::console::{Page, encoded};

/// A form that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: String,
    /// Its fields with what stands in them; every box ticked, and of what can be chosen the first.
    pub(crate) fields: Vec<(String, String)>,
    /// Its buttons that say what is to be done.
    pub(crate) steps: Vec<String>,
}

impl Form {
    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    /// What it can be told to do: by its own buttons, and by those of the page that shows first what it would do.
    pub(crate) fn all_steps(&self) -> Vec<String> {
        let mut steps = self.steps.clone();
        if steps.is_empty() {
            steps.push(String::new());
        }
        if ["", "preview", "review"].contains(&steps[0].as_str()) {
            steps.extend(["confirm", "run"].map(str::to_owned));
        }
        steps
    }

    /// The form as it is sent, with another token and a button pressed.
    pub(crate) fn body(&self, csrf: Option<&str>, step: &str) -> String {
        let mut fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.retain(|(name, _)| *name != "csrf");
        fields.extend(csrf.map(|csrf| ("csrf", csrf)));
        if !step.is_empty() {
            fields.push(("step", step));
        }
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// An attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(plain(rest.split('"').next().unwrap()))
}

/// Without the escapes of a page.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Every form of a page that is sent by POST.
pub(crate) fn forms(page: &Page) -> Vec<Form> {
    let parts = page.text.split("<form").skip(1);
    let parts = parts.map(|part| part.split("</form>").next().unwrap());
    parts.filter(|part| attribute(part, "method").as_deref() == Some("post")).map(form).collect()
}

fn form(part: &str) -> Form {
    let mut form =
        Form { action: attribute(part, "action").unwrap(), fields: vec![], steps: vec![] };
    for tag in part.split('<').skip(1) {
        let (kind, rest) = tag.split_once([' ', '>']).unwrap_or((tag, ""));
        let tag = format!(" {}", rest.split('>').next().unwrap());
        let Some(name) = attribute(&tag, "name") else { continue };
        let value = attribute(&tag, "value");
        match kind {
            "input" => form.fields.push((name, value.unwrap_or_default())),
            "textarea" => form.fields.push((name, plain(rest.split_once('>').unwrap().1))),
            "button" => form.steps.extend(value),
            "select" => {
                let after = part.split_once(&format!("name=\"{name}\"")).unwrap().1;
                form.fields.push((name, chosen(after.split("</select>").next().unwrap())));
            }
            _ => {}
        }
    }
    form
}

/// What is chosen in a list, or else the first that can be.
fn chosen(list: &str) -> String {
    let options = list.split("<option").skip(1).map(|it| it.split('>').next().unwrap());
    let options: Vec<&str> = options.filter(|it| !it.contains(" disabled")).collect();
    let values = options.iter().map(|it| (it, attribute(it, "value").unwrap_or_default()));
    let values: Vec<_> = values.filter(|(_, value)| !value.is_empty()).collect();
    let selected = values.iter().find(|(it, _)| it.contains(" selected"));
    selected.or(values.first()).map(|(_, value)| value.clone()).unwrap_or_default()
}
