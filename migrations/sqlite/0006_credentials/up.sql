-- What everybody may know of a certificate and of a workload identity; what they prove themselves
-- with stays sealed in `secret`.
ALTER TABLE credentials ADD COLUMN thumbprint TEXT;
ALTER TABLE credentials ADD COLUMN token_file TEXT;
-- When the sign-in host last accepted it: servers remember a refusal until this changes.
ALTER TABLE credentials ADD COLUMN accepted_at TIMESTAMP;
-- As of the last use or check, separated by spaces.
ALTER TABLE credentials ADD COLUMN missing_permissions TEXT;
