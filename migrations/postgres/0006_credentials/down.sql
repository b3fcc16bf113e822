ALTER TABLE credentials DROP COLUMN missing_permissions;
ALTER TABLE credentials DROP COLUMN accepted_at;
ALTER TABLE credentials DROP COLUMN token_file;
ALTER TABLE credentials DROP COLUMN thumbprint;
