ALTER TABLE users DROP COLUMN email_folded;
ALTER TABLE users DROP COLUMN name_folded;
