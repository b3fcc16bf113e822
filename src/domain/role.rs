//! Who may do what within a tenant.

use std::str::FromStr;

use super::words::words;

words! {
    /// Rank of a member or an API token. Each rank includes all rights of those before it.
    Role {
        /// Sees schedules, runs, backup sets and policies.
        Readonly "READONLY"
        /// Also starts, retries and cancels runs.
        Operator "OPERATOR"
        /// Also manages schedules, backup sets and API tokens, and reads the audit log.
        Manager "MANAGER"
        /// Also manages members, credentials and the tenant itself.
        Owner "OWNER"
    }

    /// A single right within a tenant.
    Permission {
        /// Cancel a run.
        CancelRun "CANCEL_RUN"
        /// Export backup sets with the secrets in them.
        ExportSecrets "EXPORT_SECRETS"
        /// Manage API tokens.
        ManageApiTokens "MANAGE_API_TOKENS"
        /// Delete and undelete backup sets.
        ManageBackupSets "MANAGE_BACKUP_SETS"
        /// Set, check and remove Graph credentials.
        ManageCredentials "MANAGE_CREDENTIALS"
        /// Add, change and remove members.
        ManageMembers "MANAGE_MEMBERS"
        /// Create, change, enable, disable and delete schedules.
        ManageSchedules "MANAGE_SCHEDULES"
        /// Change the tenant's own settings.
        ManageTenant "MANAGE_TENANT"
        /// Read the audit log.
        ReadAuditLog "READ_AUDIT_LOG"
        /// Read schedules, runs, backup sets and policies.
        ReadBackups "READ_BACKUPS"
        /// List members.
        ReadMembers "READ_MEMBERS"
        /// Start and retry runs.
        StartRun "START_RUN"
        /// Check the hashes of backup sets.
        VerifyBackupSets "VERIFY_BACKUP_SETS"
    }
}

impl Permission {
    /// The lowest rank that has the right.
    pub fn least_role(self) -> Role {
        match self {
            Self::ReadBackups => Role::Readonly,
            Self::StartRun | Self::CancelRun | Self::VerifyBackupSets => Role::Operator,
            Self::ManageSchedules
            | Self::ManageBackupSets
            | Self::ManageApiTokens
            | Self::ReadAuditLog
            | Self::ReadMembers => Role::Manager,
            Self::ManageMembers
            | Self::ManageCredentials
            | Self::ManageTenant
            | Self::ExportSecrets => Role::Owner,
        }
    }

    /// Whether an API token may use the right at all, whatever its role.
    pub fn is_for_tokens(self) -> bool {
        match self {
            Self::ReadBackups
            | Self::StartRun
            | Self::CancelRun
            | Self::VerifyBackupSets
            | Self::ManageSchedules
            | Self::ManageBackupSets
            | Self::ReadAuditLog
            | Self::ReadMembers => true,
            Self::ManageApiTokens
            | Self::ManageMembers
            | Self::ManageCredentials
            | Self::ManageTenant
            | Self::ExportSecrets => false,
        }
    }
}

impl Role {
    /// Whether this rank has the right.
    pub fn permits(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role};

    #[test]
    fn each_rank_includes_those_before_it() {
        for pair in Role::ALL.windows(2) {
            for &permission in Permission::ALL {
                assert!(!pair[0].permits(permission) || pair[1].permits(permission));
            }
        }
        assert!(
            Permission::ALL
                .iter()
                .all(|&right| Role::Owner.permits(right))
        );
    }
}
