//! Policies are made and changed; refunds are approved, rejected and withdrawn.

use jiff::SignedDuration;
use money::Money;

use super::policy::{Facts, HOURS_MAX, LEVELS_MAX, Level, POLICIES_MAX, Policy, matching};
use super::totals::{DAYS_MAX, TotalOver};
use super::{ApprovalNeeded, Asker, Judged, Party, PersonName, Verdict, same};
use crate::account::Account;
use crate::command::{ChangePolicy, Review};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::gateway::Ability;
use crate::gateway::decide::require_able;
use crate::id::{Numbered, Ref};
use crate::order::decide::{Next, order_of, record};
use crate::order::{GatewaySaid, Order, OrderState, Step};
use crate::payment::MethodType;
use crate::payment_method::decide::usable_method;
use crate::permission::RoleName;
use crate::reason::ReasonCode;
use crate::refund::decide::{require_not_too_old, require_processed};
use crate::refund::{Refund, RefundType};
use crate::{Rejection, Settings};

/// Makes a policy. Checks in this order: the name is free; not too many; see [`require_sound`].
pub(crate) fn make(draft: &mut Draft<'_>, policy: &Policy) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    if settings.policies.iter().any(|known| known.name == policy.name) {
        return Err(Rejection::PolicyNameTaken { policy: policy.name.to_string() }.into());
    }
    if settings.policies.len() >= POLICIES_MAX {
        return Err(Rejection::TooMany { what: "approval policies", max: POLICIES_MAX }.into());
    }
    require_sound(&settings, policy)?;
    settings.policies.push(policy.clone());
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes a policy; what waits already goes on waiting as it was asked for. Checks in this order: it exists; see
/// [`require_sound`].
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangePolicy) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    let place = settings.policies.iter().position(|known| known.name == command.policy);
    let unknown = || Rejection::UnknownPolicy { policy: command.policy.to_string() };
    let mut policy =
        place.and_then(|place| settings.policies.get(place)).ok_or_else(unknown)?.clone();
    policy.active = command.active.unwrap_or(policy.active);
    policy.expires_after_hours = command.expires_after_hours.unwrap_or(policy.expires_after_hours);
    if let Some(when) = &command.when {
        policy.when = when.clone();
    }
    if let Some(levels) = &command.levels {
        policy.levels.clone_from(levels);
    }
    require_sound(&settings, &policy)?;
    for known in settings.policies.iter_mut().filter(|known| known.name == policy.name) {
        *known = policy.clone();
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Refuses a policy nobody could satisfy: without levels or with too many, without roles, with a role that is not
/// there, with a total of nothing or of too many days, or without time.
fn require_sound(settings: &Settings, policy: &Policy) -> Result<(), Rejection> {
    if policy.levels.is_empty() || policy.levels.len() > LEVELS_MAX {
        return Err(Rejection::PolicyLevels { given: policy.levels.len(), max: LEVELS_MAX });
    }
    for Level { roles } in &policy.levels {
        if roles.is_empty() {
            return Err(Rejection::NothingGiven { what: "roles of a level" });
        }
        if let Some(role) = roles.iter().find(|role| settings.role(role).is_none()) {
            return Err(Rejection::UnknownRole { role: role.to_string() });
        }
    }
    let totals = [policy.when.account_total_over, policy.when.requester_total_over];
    for TotalOver { amount, count, days } in totals.into_iter().flatten() {
        if amount.is_none() && count.is_none() {
            return Err(Rejection::NothingGiven { what: "amounts or counts of a total" });
        }
        if days == 0 || days > DAYS_MAX {
            return Err(Rejection::PolicyDays { given: days, max: DAYS_MAX });
        }
    }
    if policy.expires_after_hours == 0 || policy.expires_after_hours > HOURS_MAX {
        return Err(Rejection::PolicyHours { given: policy.expires_after_hours, max: HOURS_MAX });
    }
    Ok(())
}

/// What somebody wants to have paid out, as far as policies care.
pub(crate) struct Wish<'a> {
    pub(crate) amount: Money,
    pub(crate) external: bool,
    pub(crate) method_type: MethodType,
    pub(crate) reason_code: &'a ReasonCode,
    pub(crate) ability: Ability,
    /// It is not counted later, so every total counts as exceeded.
    pub(crate) uncounted: bool,
}

impl Refund {
    fn wish(&self, ability: Ability) -> Wish<'_> {
        Wish {
            amount: self.amount,
            external: self.kind() == RefundType::External,
            method_type: self.method_type,
            reason_code: &self.reason_code,
            ability,
            uncounted: false,
        }
    }
}

/// The policies that are about a wish.
pub(crate) fn policies_on<'a>(
    draft: &Draft<'a>,
    account: &Account,
    wish: &Wish<'_>,
) -> Vec<&'a Policy> {
    let ctx = &draft.ctx;
    let past = |party| draft.past_refunds(&party);
    let asker = Asker::of(ctx.by.name, ctx.by.person);
    let facts = Facts {
        amount: wish.amount,
        non_referenced: wish.ability == Ability::NonReferencedRefund,
        external: wish.external,
        method_type: wish.method_type,
        account_opened: ctx.settings.business_date(account.opened_at),
        // The day of asking: that of an account may lie ahead.
        today: ctx.settings.business_date(ctx.now),
        reason_code: wish.reason_code,
        to_account: past(Party::Account(account.no)),
        by_requester: past(Party::Asker(asker)),
        over_any_total: wish.uncounted,
    };
    matching(ctx.settings, &facts).collect()
}

/// What a refund has to wait for, if anything: the levels of every policy that is about it, each once, and the
/// shortest of their times.
pub(crate) fn needed(
    draft: &Draft<'_>,
    account: &Account,
    refund: &Refund,
    ability: Ability,
) -> Option<ApprovalNeeded> {
    let ctx = &draft.ctx;
    let (mut policies, mut levels, mut hours) = (Vec::new(), Vec::new(), HOURS_MAX);
    for policy in policies_on(draft, account, &refund.wish(ability)) {
        policies.push(policy.name.clone());
        merge(&mut levels, &policy.levels);
        hours = hours.min(policy.expires_after_hours);
    }
    if policies.is_empty() {
        return None;
    }
    let wait = SignedDuration::from_hours(hours.into());
    Some(ApprovalNeeded {
        requested_by: ctx.by.name.to_owned(),
        person: ctx.by.person.cloned(),
        policies,
        levels,
        expires_at: ctx.now.saturating_add(wait).unwrap_or(ctx.now),
        override_dispute: false,
    })
}

/// Adds the levels of a policy to those of others: what one policy asks for twice is asked for twice, what two policies
/// ask for is asked for once.
fn merge(levels: &mut Vec<Level>, more: &[Level]) {
    let count = |list: &[Level], level: &Level| list.iter().filter(|it| *it == level).count();
    for (place, level) in more.iter().enumerate() {
        let so_far = more.get(..=place).unwrap_or_default();
        if count(levels, level) < count(so_far, level) {
            levels.push(level.clone());
        }
    }
}

/// The order a command names, if it waits for approval.
fn waiting(draft: &mut Draft<'_>, review: &Review) -> Result<(Order, ApprovalNeeded), Rejection> {
    let order = order_of(draft, review.order)?;
    let needed = order.placed.approval.clone();
    match (order.state, needed) {
        (OrderState::AwaitingApproval, Some(needed)) => Ok((order, needed)),
        (state, _) => {
            let refund = order.placed.document.to_string();
            Err(Rejection::NotAwaitingApproval { refund, state })
        }
    }
}

/// The person who judges. Checks in this order: it is a person; not the one who asked.
fn judge(
    draft: &Draft<'_>,
    order: &Order,
    needed: &ApprovalNeeded,
) -> Result<PersonName, Rejection> {
    let by = draft.ctx.by;
    let Some(person) = by.person else {
        return Err(Rejection::OnlyPeopleApprove { caller: by.name.to_owned() });
    };
    if needed.requested_by == by.name
        || needed.person.as_ref().is_some_and(|asked| same(asked, person))
    {
        let refund = order.placed.document.to_string();
        return Err(Rejection::SelfApproval { refund, person: person.to_string() });
    }
    Ok(person.clone())
}

/// Refuses whoever has none of the roles that the current level asks for.
fn require_role(draft: &Draft<'_>, order: &Order, level: &Level) -> Result<(), Rejection> {
    let (mine, settings) = (draft.ctx.by.roles, draft.ctx.settings);
    let named = |role: &RoleName| settings.role_name(role);
    let has = |wanted: &RoleName| mine.iter().any(|role| named(role) == named(wanted));
    if level.roles.iter().any(|role| named(role).is_some() && has(role)) {
        return Ok(());
    }
    Err(Rejection::ApprovalRoleMissing {
        refund: order.placed.document.to_string(),
        level: order.approvals.len() + 1,
        roles: level.roles.iter().map(ToString::to_string).collect(),
    })
}

/// Approves one level of a refund; the last one lets it go out. Checks in this order: it exists; it waits; in time;
/// by a person, not the one who asked, nor one who approved before, with a role of the level. The last level then runs
/// the rules again on the books as they are now (see [`again`]); a refusal leaves the request waiting.
pub(crate) fn approve(draft: &mut Draft<'_>, review: &Review) -> Result<(), Refusal> {
    let (order, needed) = waiting(draft, review)?;
    let now = draft.ctx.now;
    if now >= needed.expires_at {
        let (refund, expired_at) = (order.placed.document.to_string(), needed.expires_at);
        return Err(Rejection::ApprovalExpired { refund, expired_at }.into());
    }
    let person = judge(draft, &order, &needed)?;
    if order.approvals.iter().any(|given| same(&given.person, &person)) {
        let refund = order.placed.document.to_string();
        return Err(Rejection::ApprovedAlready { refund, person: person.to_string() }.into());
    }
    let given = order.approvals.len();
    if let Some(level) = needed.levels.get(given) {
        require_role(draft, &order, level)?;
    }
    let last = given + 1 >= needed.levels.len();
    let next = if last {
        again(draft, &order, &needed)?;
        if order.placed.by_hand() {
            Next::to(&order, OrderState::ToBePaid, None)
        } else {
            let due = order.placed.not_before.map_or(now, |first| first.max(now));
            Next::to(&order, OrderState::Reserved, Some(due))
        }
    } else {
        Next::to(&order, OrderState::AwaitingApproval, order.due)
    };
    let judged = Judged {
        verdict: Verdict::Approved,
        by: person.to_string(),
        comment: review.comment.clone(),
    };
    record(draft, &order, Step::Judged(judged), GatewaySaid::default(), next)
}

/// The rules of the refund once more; its amount is held, so that it is there is certain. Checks in this order: the
/// account is active; the payment is still processed and not disputed, unless that was overridden; the method is
/// usable, or for a referenced refund there; the gateway is active and able; the payment is not too old.
fn again(draft: &mut Draft<'_>, order: &Order, needed: &ApprovalNeeded) -> Result<(), Refusal> {
    let account = draft.active_account(Ref::to(order.account))?;
    let settings = draft.ctx.settings;
    require_refundable(draft, order, needed)?;
    if order.placed.by_hand() {
        return Ok(());
    }
    let missing = || Rejection::NoOrder { document: order.placed.document.to_string() };
    let method = if order.placed.ability == Ability::NonReferencedRefund {
        usable_method(draft, &account, Some(Ref::to(order.placed.method)))?
    } else {
        draft.base().methods.get(&order.placed.method).ok_or_else(missing)?.clone()
    };
    let gateway = settings.gateway(order.placed.gateway).ok_or_else(missing)?;
    let ability = order.placed.ability;
    let able = require_able(settings, gateway, &method, account.currency, ability)?;
    if let (Some(payment), Ability::ReferencedRefund) = (order.placed.payment, ability)
        && let Some(state) = draft.base().payments.get(&payment)
    {
        require_not_too_old(draft, &state.recorded.document, gateway, able)?;
    }
    Ok(())
}

/// Refuses a refund whose payment is not processed any more, or disputed, unless that was overridden.
pub(crate) fn require_refundable(
    draft: &Draft<'_>,
    order: &Order,
    needed: &ApprovalNeeded,
) -> Result<(), Rejection> {
    let Some(payment) = order.placed.payment else { return Ok(()) };
    require_processed(draft, payment)?;
    let disputed = draft.base().orders.get(&payment.document());
    if disputed.is_some_and(|order| order.disputed) && !needed.override_dispute {
        return Err(Rejection::PaymentDisputed { payment: payment.to_string() });
    }
    Ok(())
}

/// Rejects a refund; what was held is free again. Checks in this order: it exists; it waits; by a person, not the one
/// who asked, with a role of the current level unless its time is over; with a reason.
pub(crate) fn reject(draft: &mut Draft<'_>, review: &Review) -> Result<(), Refusal> {
    let (order, needed) = waiting(draft, review)?;
    let person = judge(draft, &order, &needed)?;
    // What nobody can approve any more anybody who may approve at all may let go of.
    let level = needed.levels.get(order.approvals.len());
    if let Some(level) = level.filter(|_| draft.ctx.now < needed.expires_at) {
        require_role(draft, &order, level)?;
    }
    if review.comment.is_none() {
        return Err(Rejection::NothingGiven { what: "reasons for the rejection (comment)" }.into());
    }
    end(draft, &order, review, Verdict::Rejected, person.to_string())
}

/// Withdraws a refund. Checks in this order: it exists; it waits; by the caller or the person who asked for it.
pub(crate) fn withdraw(draft: &mut Draft<'_>, review: &Review) -> Result<(), Refusal> {
    let (order, needed) = waiting(draft, review)?;
    let by = draft.ctx.by;
    let mine = needed.requested_by == by.name
        || matches!((&needed.person, by.person), (Some(asked), Some(by)) if same(asked, by));
    if !mine {
        let refund = order.placed.document.to_string();
        return Err(Rejection::NotYours { refund, requested_by: needed.requested_by }.into());
    }
    end(draft, &order, review, Verdict::Withdrawn, by.name.to_owned())
}

fn end(
    draft: &mut Draft<'_>,
    order: &Order,
    review: &Review,
    verdict: Verdict,
    by: String,
) -> Result<(), Refusal> {
    let state = match verdict {
        Verdict::Withdrawn => OrderState::Withdrawn,
        _ => OrderState::Rejected,
    };
    let judged = Judged { verdict, by, comment: review.comment.clone() };
    record(draft, order, Step::Judged(judged), GatewaySaid::default(), Next::to(order, state, None))
}
