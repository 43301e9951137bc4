//! Permissions, and the roles that grant them (domain 6).
//!
//! A caller has roles, a role has permissions, a command requires some ([`Command::requires`](crate::Command::requires)).
//! The engine compares the two before it decides, whatever door a command came in by.

pub(crate) mod decide;
mod required;
mod role;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use required::Required;
pub use role::{ROLES_MAX, Role, RoleDescription, RoleName, Standard, same};

/// Declares the permissions in one table: variant, code, area, name as the field writes it, whether the
/// standard role has it, what it allows.
macro_rules! permissions {
    ($($variant:ident, $code:literal, $area:literal, $name:literal, $standard:literal, $about:literal;)+) => {
        /// One thing a caller may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = $about] $variant,)+
        }

        impl Permission {
            /// Every permission, by area.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The area it is listed under.
            pub const fn area(self) -> &'static str {
                match self { $(Self::$variant => $area,)+ }
            }

            /// Its name, as the field writes it where the field has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether the role *Payments Standard User* has it (domain 6).
            pub const fn standard(self) -> bool {
                match self { $(Self::$variant => $standard,)+ }
            }

            /// What it allows, in a sentence without its subject.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)+ }
            }
        }
    };
}

permissions! {
    ViewAccounts, "view_accounts", "Viewing", "View Accounts", true, "See accounts, their balances, statements and payment methods.";
    ViewInvoices, "view_invoices", "Viewing", "View Invoices", true, "See invoices, their items and how their balances came about.";
    ViewPayments, "view_payments", "Viewing", "View Payments", true, "See payments, refunds, adjustments and what gateways were asked.";
    ViewJournal, "view_journal", "Viewing", "View Journal", true, "See the history and the trial balance.";
    ViewSettings, "view_settings", "Viewing", "View Settings", true, "See settings, gateways and roles.";
    ViewEvents, "view_events", "Events", "View Events", false, "See events: what the history tells to other systems.";
    ManageEventEndpoints, "manage_event_endpoints", "Events", "Manage Event Endpoints", false, "Say where events are delivered, and see and repeat deliveries.";
    ManageAccounts, "manage_accounts", "Billing", "Manage Accounts", true, "Open accounts, change and cancel them.";
    ManageInvoices, "manage_invoices", "Billing", "Manage Invoices", true, "Draft invoices and cancel drafts.";
    PostInvoice, "post_invoice", "Billing", "Post Invoice", true, "Post an invoice.";
    CancelPostedBillingDocument, "cancel_posted_billing_document", "Billing", "Cancel Posted Billing Document", false, "Take a posted invoice back to draft.";
    CreateInvoiceItemAdjustment, "create_invoice_item_adjustment", "Billing", "Create Invoice Item Adjustment", true, "Adjust invoice items, also where another command does it on the way.";
    CancelInvoiceItemAdjustment, "cancel_invoice_item_adjustment", "Billing", "Cancel Invoice Item Adjustment", true, "Cancel an invoice item adjustment.";
    ProcessExternalPayment, "process_external_payment", "Payments", "Process External Payment", true, "Record a payment that was made elsewhere.";
    CancelExternalPayment, "cancel_external_payment", "Payments", "Cancel External Payment", true, "Cancel an external payment.";
    ProcessElectronicPayment, "process_electronic_payment", "Payments", "Process Electronic Payment", true, "Charge a stored payment method.";
    CancelElectronicPayment, "cancel_electronic_payment", "Payments", "Cancel Electronic Payment", true, "Void an electronic payment.";
    DeletePayment, "delete_payment", "Payments", "Delete Payment", true, "Delete a payment.";
    OverrideTransferredPayment, "override_transferred_payment", "Payments", "Override Transferred to Accounting (Payments)", false, "Change a payment that accounting has taken over.";
    OverrideAccountingCode, "override_accounting_code", "Payments", "Override Accounting Code", false, "Choose another accounting code for a payment.";
    HideCancelledPayments, "hide_cancelled_payments", "Payments", "Hide Cancelled Payments", false, "Leave canceled payments out of what customers see.";
    TransferPayment, "transfer_payment", "Payments", "Transfer Payment", true, "Move an unapplied payment between accounts.";
    ApplyPayment, "apply_payment", "Payments", "Apply Payment", true, "Apply an unapplied payment.";
    UnapplyPayment, "unapply_payment", "Payments", "Unapply Payment", true, "Take back the application of a payment.";
    ScrubSensitiveData, "scrub_sensitive_data", "Payments", "Scrub Sensitive Data of Specific Payment Method", false, "Erase what is stored of a payment method.";
    EditPaymentGatewayStatus, "edit_payment_gateway_status", "Payments", "Edit Payment Gateway Status", false, "Say how a payment or refund ended that a gateway leaves open; hold the books against a gateway.";
    EditPaymentGatewayRouting, "edit_payment_gateway_routing", "Payments", "Edit Payment Gateway Routing", false, "Choose the gateway of an account.";
    ManagePaymentMethods, "manage_payment_methods", "Payments", "Manage Payment Methods", true, "Add payment methods, change and close them.";
    ManagePaymentRuns, "manage_payment_runs", "Payment Runs", "Manage Payment Runs", true, "Collect what is due on many accounts; needs Process Electronic Payment as well.";
    OverrideTransferredRefund, "override_transferred_refund", "Refunds", "Override Transferred to Accounting (Refunds)", false, "Change a refund that accounting has taken over.";
    ChangeReasonCode, "change_reason_code", "Refunds", "Change Reason Code", true, "Change the reason code of a document that exists.";
    IssueExternalRefund, "issue_external_refund", "Refunds", "Issue External Refund", true, "Record a refund of a payment that was made elsewhere.";
    IssueElectronicRefund, "issue_electronic_refund", "Refunds", "Issue Electronic Refund", true, "Refund a payment through its gateway.";
    ApproveRefund, "approve_refund", "Refunds", "Approve Refund", false, "Approve or reject refunds of others that wait for approval, where a role is asked for.";
    CancelExternalRefund, "cancel_external_refund", "Refunds", "Cancel External Refund", true, "Cancel the refund of a payment.";
    CancelElectronicRefund, "cancel_electronic_refund", "Refunds", "Cancel Electronic Refund", true, "Cancel an electronic refund.";
    DeleteRefund, "delete_refund", "Refunds", "Delete Refund", true, "Delete a refund.";
    OverrideTransferredAdjustment, "override_transferred_adjustment", "Credit Balance", "Override Transferred to Accounting (Credit Balance)", false, "Change a credit balance adjustment that accounting has taken over.";
    CreditBalanceElectronicRefund, "credit_balance_electronic_refund", "Credit Balance", "Credit Balance Electronic Refund", false, "Pay a credit balance out through a gateway, without an original payment to refer to.";
    CreditBalanceExternalRefund, "credit_balance_external_refund", "Credit Balance", "Credit Balance External Refund", true, "Record that a credit balance was paid out elsewhere.";
    CreateCreditBalanceAdjustment, "create_credit_balance_adjustment", "Credit Balance", "Create Credit Balance Adjustment", true, "Transfer negative invoices to the credit balance, apply it, and reverse either by a counter-adjustment.";
    CancelCreditBalanceAdjustment, "cancel_credit_balance_adjustment", "Credit Balance", "Cancel Credit Balance Adjustment", true, "Cancel a credit balance adjustment.";
    DeleteCancelledCreditBalanceAdjustment, "delete_cancelled_credit_balance_adjustment", "Credit Balance", "Delete Cancelled Credit Balance Adjustment", true, "Delete a canceled credit balance adjustment.";
    ManagePaymentsSettings, "manage_payments_settings", "Administration", "Manage Payments Settings", true, "Change the settings: payment rules, automation, time zone, accounting codes.";
    ManageCloseProcess, "manage_close_process", "Finance", "Manage Close Process", false, "Make, close and reopen accounting periods, and enter into those pending close.";
    ManageApprovalPolicies, "manage_approval_policies", "Administration", "Manage Approval Policies", false, "Say which refunds wait for approval, and for whom.";
    ManageGateways, "manage_gateways", "Administration", "Manage Gateways", false, "Configure gateways, store their credentials and test them.";
    MoveTestClock, "move_test_clock", "Administration", "Move Test Clock", false, "Move the clock of a test server.";
    ManageUsers, "manage_users", "Administration", "Manage Users", false, "Make users, disable them, and reset their passwords and second factors; giving roles needs Manage User Roles as well.";
    EraseCustomerData, "erase_customer_data", "Administration", "Erase Customer Data", false, "Erase the personal data of a customer, for good.";
    ManageUserRoles, "manage_user_roles", "Administration", "Manage User Roles", false, "Make and change roles, and give and revoke API keys.";
}

impl Permission {
    /// The permission with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.code() == code)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of permissions. Written as the list of their codes, so that the order above may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Every permission.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u8)
    }

    /// Whether it is among them.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| {
            let shown: String = code.chars().take(60).collect();
            serde::de::Error::custom(format!("{shown:?} is not a permission"))
        })
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Permission>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_fit_the_set() {
        let codes: BTreeSet<_> = Permission::ALL.iter().map(|it| it.code()).collect();
        let names: BTreeSet<_> = Permission::ALL.iter().map(|it| it.name()).collect();
        assert_eq!((codes.len(), names.len()), (Permission::ALL.len(), Permission::ALL.len()));
        assert!(Permission::ALL.len() <= 64);
        for permission in Permission::ALL {
            assert_eq!(Permission::from_code(permission.code()), Some(*permission));
        }
    }

    #[test]
    fn the_standard_role_has_what_domain_6_says() {
        let yes = "Process External Payment, Cancel External Payment, Process Electronic Payment, \
            Cancel Electronic Payment, Delete Payment, Transfer Payment, Apply Payment, Unapply Payment, \
            Manage Payment Runs, Change Reason Code, Issue External Refund, Issue Electronic Refund, \
            Cancel External Refund, Cancel Electronic Refund, Delete Refund, Credit Balance External Refund, \
            Create Credit Balance Adjustment, Cancel Credit Balance Adjustment, \
            Delete Cancelled Credit Balance Adjustment, Manage Payments Settings";
        let no = "Override Transferred to Accounting (Payments), Override Accounting Code, \
            Hide Cancelled Payments, Scrub Sensitive Data of Specific Payment Method, \
            Edit Payment Gateway Status, Edit Payment Gateway Routing, \
            Override Transferred to Accounting (Refunds), Override Transferred to Accounting (Credit Balance), \
            Credit Balance Electronic Refund, Cancel Posted Billing Document";
        for (list, standard) in [(yes, true), (no, false)] {
            for name in list.split(',').map(str::trim) {
                let found = Permission::ALL.iter().find(|it| it.name() == name);
                assert_eq!(found.map(|it| it.standard()), Some(standard), "{name}");
            }
        }
    }

    #[test]
    fn a_set_is_written_as_codes_in_any_order() {
        let set: Permissions =
            [Permission::PostInvoice, Permission::ViewAccounts].into_iter().collect();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"["view_accounts","post_invoice"]"#);
        let back: Permissions =
            serde_json::from_str(r#"["post_invoice","view_accounts"]"#).unwrap();
        assert_eq!(back, set);
        assert!(serde_json::from_str::<Permissions>(r#"["fly"]"#).is_err());
        assert_eq!(Permissions::all().without(set).union(set), Permissions::all());
        assert_eq!(set.without(set), Permissions::NONE);
    }
}
