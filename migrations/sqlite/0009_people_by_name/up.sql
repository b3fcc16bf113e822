-- By which members are sorted and found; lower-cased by us. Null for people whom an older version adds,
-- who are known by their subject alone and sorted by it until they sign in.
ALTER TABLE users ADD COLUMN name_folded TEXT;
ALTER TABLE users ADD COLUMN email_folded TEXT;
UPDATE users SET name_folded = lower(display_name), email_folded = lower(email);
