//! A look at a database from outside, for whoever wants to know what is wrong: nothing is migrated or
//! written, and no file is made. A file that somebody has open is read as by any other reader of it.

use std::path::Path;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::{
    Connection, PgConnection, QueryableByName, SqliteConnection, connection::SimpleConnection,
    prelude::*, sql_query, sql_types,
};
use url::Url;

use super::{
    columns::{Origin, stamp},
    conn::{DatabaseUrl, Db, each_backend},
    credentials, dispatcher,
    error::StoreError,
    keys::{self, KeyFacts},
    migrations::{self, Fit},
    postgres,
    schedules::{fires, was_due},
    schema::{members, schedules, tenants as tenant_rows, users},
    tenants,
};
use crate::domain::{credential::Credential, ids::TenantId, role::Role, tenant::Tenant};

/// What is there.
#[derive(Debug)]
pub struct Looked {
    /// Which database, and its version.
    pub server: String,
    /// The database's own time, if it has one.
    pub now: Option<DateTime<Utc>>,
    /// What keeps this program from making its tables, from changing them as an upgrade does, or from writing
    /// what they hold; none where it may, or has no need to.
    pub hindrance: Option<Hindrance>,
    /// Whether what goes to a database of another host could be read on its way.
    pub is_in_plain_view: bool,
    /// How it fits this program; none if nothing of ours is in it.
    pub fit: Option<Fit>,
    /// What is stored; none where it could not be read by this program.
    pub stored: Option<Stored>,
}

/// What a role of PostgreSQL's lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// None of the schemas that the role looks in is there.
    NoSchema,
    /// It may not make tables.
    MayNotCreate {
        /// Which role.
        role: String,
        /// Where.
        schema: String,
    },
    /// The tables are another role's, so it may not change them.
    OwnedBy {
        /// Which role it is.
        role: String,
        /// Whose they are.
        owner: String,
    },
    /// It may not read and write all that the tables hold.
    MayNotWrite {
        /// Which role it is.
        role: String,
        /// One of the tables.
        table: String,
        /// Where they are.
        schema: String,
    },
}

/// What is stored, as far as it can be wrong.
#[derive(Debug, Default)]
pub struct Stored {
    /// The keys that secrets are sealed with.
    pub keys: KeyFacts,
    /// The newest tick of any server.
    pub last_tick: Option<DateTime<Utc>>,
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// Their credentials.
    pub credentials: Vec<Credential>,
    /// Each owner's tenant, and the issuer that the owner signs in at.
    pub owners: Vec<(TenantId, String)>,
    /// What the schedules' zones are called, each once.
    pub zones: Vec<String>,
    /// The releases of time zone data that slots were computed with.
    pub releases: Vec<String>,
    /// Schedules that fire.
    pub schedules: i64,
    /// Schedules whose slot should have been dispatched before an instant that was named.
    pub overdue: i64,
    /// Names of schedules, and of their tenants, that have had no complete set for too long.
    pub stale: Vec<(String, String)>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = sql_types::Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = sql_types::Text)]
    version: String,
    #[diesel(sql_type = sql_types::Timestamp)]
    now: NaiveDateTime,
    #[diesel(sql_type = sql_types::Bool)]
    is_in_plain_view: bool,
    #[diesel(sql_type = sql_types::Text)]
    role: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    schema: Option<String>,
    #[diesel(sql_type = sql_types::Bool)]
    may_create: bool,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    foreign_owner: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    kept_from: Option<String>,
}

impl Server {
    /// What is in the way of a program whose migrations are all there, or not. Each start asks for the table
    /// that names them as for one to be made, which takes the right to make tables even where it is there.
    fn hindrance(self, fit: Option<&Fit>) -> Option<Hindrance> {
        let (role, is_behind) = (self.role, matches!(fit, None | Some(Fit::Behind)));
        match (self.schema, self.foreign_owner, self.kept_from) {
            (None, _, _) => Some(Hindrance::NoSchema),
            (Some(_), Some(owner), _) if is_behind => Some(Hindrance::OwnedBy { role, owner }),
            (Some(schema), _, _) if !self.may_create => {
                Some(Hindrance::MayNotCreate { role, schema })
            }
            (Some(schema), _, Some(table)) => Some(Hindrance::MayNotWrite {
                role,
                table,
                schema,
            }),
            (Some(_), _, None) => None,
        }
    }
}

/// Of the host itself and of its sockets nothing can be read on the way. Tables are changed by their owner
/// and by whoever has that role's rights; ours were made by one role.
const SERVER: &str = "SELECT current_setting('server_version') AS version, \
    clock_timestamp() AT TIME ZONE 'UTC' AS now, \
    COALESCE((SELECT NOT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE) \
    AND COALESCE(inet_server_addr() <> inet_client_addr(), FALSE) AS is_in_plain_view, \
    current_user::text AS role, current_schema()::text AS schema, \
    COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS may_create, \
    (SELECT pg_get_userbyid(relowner)::text FROM pg_class \
    WHERE oid IN (to_regclass('__diesel_schema_migrations'), to_regclass('tenants')) \
    AND NOT pg_has_role(relowner, 'USAGE') LIMIT 1) AS foreign_owner, \
    (SELECT table_.relname::text FROM pg_class AS table_ JOIN pg_class AS known \
    ON table_.relnamespace = known.relnamespace AND table_.relowner = known.relowner \
    WHERE known.oid = to_regclass('tenants') AND table_.relkind = 'r' \
    AND table_.relname <> '__diesel_schema_migrations' \
    AND NOT (has_table_privilege(table_.oid, 'SELECT') AND has_table_privilege(table_.oid, 'INSERT') \
    AND has_table_privilege(table_.oid, 'UPDATE') AND has_table_privilege(table_.oid, 'DELETE')) \
    ORDER BY table_.relname LIMIT 1) AS kept_from";

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = sql_types::Text)]
    quick_check: String,
}

/// Looks at a database that is there. `now` counts where the database has no time of its own; what is
/// `grace` later than it should be is overdue.
///
/// # Errors
///
/// A database that cannot be reached, or is of a kind that this program cannot work with.
pub fn look(url: &DatabaseUrl, now: DateTime<Utc>, grace: TimeDelta) -> Result<Looked, StoreError> {
    let mut db = open(url)?;
    let (mut looked, server) = match &mut db {
        Db::Sqlite(conn) => {
            let version = sql_query("SELECT sqlite_version() AS version").get_result(conn)?;
            let Version { version } = version;
            (Looked::of(format!("SQLite {version}")), None)
        }
        Db::Postgres(conn) => {
            postgres::check_server(conn)?;
            let server: Server = sql_query(SERVER).get_result(conn)?;
            let looked = Looked {
                now: Some(server.now.and_utc()),
                is_in_plain_view: server.is_in_plain_view,
                ..Looked::of(format!("PostgreSQL {}", server.version))
            };
            (looked, Some(server))
        }
    };
    looked.fit = match is_ours(&mut db)? {
        true => Some(migrations::look(&mut db)?),
        false => None,
    };
    looked.hindrance = server.and_then(|server| server.hindrance(looked.fit.as_ref()));
    // Of tables that may not be read nothing more can be said.
    let may_read = !matches!(looked.hindrance, Some(Hindrance::MayNotWrite { .. }));
    if may_read && matches!(looked.fit, Some(Fit::Exact | Fit::Beside { .. })) {
        let before = looked.now.unwrap_or(now) - grace;
        looked.stored = Some(stored(&mut db, before, looked.now.unwrap_or(now))?);
    }
    Ok(looked)
}

impl Looked {
    fn of(server: String) -> Self {
        Self {
            server,
            now: None,
            hindrance: None,
            is_in_plain_view: false,
            fit: None,
            stored: None,
        }
    }
}

/// What SQLite finds wrong with a file, in a quick look at its structure; empty when nothing is.
///
/// # Errors
///
/// A file that cannot be read, or is no database.
pub fn quick_check(file: &Path) -> Result<Vec<String>, StoreError> {
    let mut db = open(&DatabaseUrl::Sqlite(file.to_owned()))?;
    let found: Vec<Finding> = sql_query("PRAGMA quick_check(3)").load(&mut db)?;
    let found = found.into_iter().map(|finding| finding.quick_check);
    Ok(found.filter(|finding| finding != "ok").collect())
}

fn open(url: &DatabaseUrl) -> Result<Db, StoreError> {
    match url {
        DatabaseUrl::Sqlite(file) => {
            let mut conn =
                SqliteConnection::establish(&address(file)?).map_err(StoreError::Open)?;
            conn.batch_execute("PRAGMA busy_timeout = 3000; PRAGMA query_only = ON")?;
            Ok(Db::Sqlite(conn))
        }
        DatabaseUrl::Postgres(url) => {
            let url = postgres::completed(url)?;
            let mut conn = PgConnection::establish(&url).map_err(StoreError::Open)?;
            conn.batch_execute(
                "SET default_transaction_read_only = on; SET statement_timeout = 4000",
            )?;
            Ok(Db::Postgres(conn))
        }
    }
}

/// How a file of SQLite's lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lies {
    /// Whole: everything is in it.
    Whole,
    /// Somebody has it open, or had when they were killed: what was written last is in the log beside it
    /// (`-wal`), which is read by the index of that (`-shm`).
    Open,
    /// The log is there and its index is not, which whoever opens the file makes anew.
    Unfinished,
}

impl Lies {
    fn at(file: &Path) -> Self {
        let size_of = |end: &str| {
            let mut beside = file.as_os_str().to_owned();
            beside.push(end);
            std::fs::metadata(beside).ok().map(|found| found.len())
        };
        match (size_of("-wal"), size_of("-shm")) {
            (Some(_), Some(_)) => Self::Open,
            (None | Some(0), _) => Self::Whole,
            (Some(_), None) => Self::Unfinished,
        }
    }
}

/// Whether a file cannot be looked at without a trace: it has a log of what was written last, and nothing
/// to read that by.
pub fn is_unfinished(file: &Path) -> bool {
    Lies::at(file) == Lies::Unfinished
}

/// A file for reading only. While nobody has it open, SQLite would make files beside it even so; then it
/// is told that nobody else changes the file, and makes none.
fn address(file: &Path) -> Result<String, StoreError> {
    let unusable = || StoreError::Url(format!("{} is no path of a file", file.display()));
    let absolute = std::path::absolute(file).map_err(|_| unusable())?;
    let mut url = Url::from_file_path(&absolute).map_err(|()| unusable())?;
    url.set_query(Some(match Lies::at(&absolute) {
        Lies::Whole => "mode=ro&immutable=1",
        Lies::Open => "mode=ro",
        Lies::Unfinished => {
            let why = format!(
                "{} has a -wal file beside it and no -shm file",
                file.display()
            );
            return Err(StoreError::Unfit(why));
        }
    }));
    Ok(url.into())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    number: i64,
}

/// Whether a program of ours has ever worked on it.
fn is_ours(db: &mut Db) -> Result<bool, StoreError> {
    let query = match db {
        Db::Sqlite(_) => {
            "SELECT COUNT(*) AS number FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
        Db::Postgres(_) => {
            "SELECT COUNT(to_regclass('__diesel_schema_migrations'))::bigint AS number"
        }
    };
    Ok(sql_query(query).get_result::<Number>(db)?.number > 0)
}

fn stored(db: &mut Db, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Stored, StoreError> {
    let tenants = tenants::all(db)?;
    let ids: Vec<TenantId> = tenants.iter().map(|tenant| tenant.id).collect();
    let zones = schedules::table.select(schedules::time_zone).distinct();
    let releases = schedules::table.select(schedules::tzdb).distinct();
    let releases: Vec<Option<String>> = releases.load(db)?;
    let stale = schedules::table
        .inner_join(tenant_rows::table.on(tenant_rows::id.eq(schedules::tenant_id)));
    Ok(Stored {
        keys: keys::facts(db)?,
        last_tick: dispatcher::last_tick(db)?,
        credentials: credentials::of_tenants(db, &ids)?,
        owners: owners(db)?,
        zones: zones.filter(schedules::deleted_at.is_null()).load(db)?,
        releases: releases.into_iter().flatten().collect(),
        schedules: schedules::table.filter(fires()).count().get_result(db)?,
        overdue: schedules::table
            .filter(was_due(before))
            .count()
            .get_result(db)?,
        stale: stale
            .filter(fires())
            .filter(schedules::stale_at.le(stamp(now)))
            .order((schedules::stale_at, schedules::id))
            .select((schedules::name, tenant_rows::name))
            .load(db)?,
        tenants,
    })
}

fn owners(db: &mut Db) -> Result<Vec<(TenantId, String)>, StoreError> {
    let rows = members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(members::role.eq(Role::Owner.as_str()))
        .select((members::tenant_id, users::issuer));
    let rows: Vec<(String, String)> = each_backend!(db, |conn| rows.load(conn))?;
    let owners = rows.into_iter().map(|(tenant, issuer)| {
        let from = Origin {
            what: "member",
            id: &tenant,
        };
        Ok((from.text(&tenant)?, issuer))
    });
    owners.collect()
}
