DROP TABLE api_tokens;
DROP TABLE members;
DROP TABLE users;
DROP TABLE credentials;
DROP TABLE tenants;
