//! A PostgreSQL that can be read and not written: the server says why, and goes on by itself. These return
//! at once where the suite runs on SQLite; see `full_disk` for that.

use tenantatlas::store::DatabaseUrl;
use url::Url;
use uuid::Uuid;

use crate::support::{Database, program::Program, story::Story};

const TOLD: &str = "\"message\":\"the database cannot be written";
const OVER: &str = "\"message\":\"the database can be written again\"";

fn on_postgres() -> Option<Story> {
    let database = Database::create();
    (!database.is_embedded()).then(|| Story::begin(database))
}

/// A function that refuses every write as PostgreSQL does, while a table says that the disk is full.
const REFUSAL: &str = "CREATE FUNCTION extend_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM full_disk) THEN
        RAISE EXCEPTION 'could not extend file \"base/5/16384\": No space left on device';
    END IF;
    RETURN NULL; END $$";

const EVERYWHERE: &str = "DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT table_name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_name <> 'full_disk' LOOP
        EXECUTE format('CREATE TRIGGER extend_file BEFORE INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION extend_file()', name);
    END LOOP; END $$";

/// Nothing is written, one line says why, and what is there can be read.
async fn cannot_write(story: &Story, program: &mut Program, schedule: &str, why: &str) {
    program.tells(TOLD).await;
    let told = program.becomes(503).await;
    assert!(told.starts_with(why), "{told}");
    for _ in 0..20 {
        assert_eq!(story.try_running(program, schedule).await, None);
    }
    let asked = story.try_asking(
        program,
        "{ viewer { __typename } }",
        serde_json::Value::Null,
    );
    assert!(asked.await.is_some(), "{:#?}", program.log());
    assert_eq!(program.get("/healthz").await.0, 200);
    assert_eq!(program.told(TOLD).len(), 1, "{:#?}", program.log());
}

#[actix_rt::test]
async fn a_postgresql_whose_disk_is_full_is_told_of_once_and_is_used_again() {
    let Some(story) = on_postgres() else { return };
    story
        .database
        .execute("CREATE TABLE full_disk (since timestamp)");
    story.database.execute(REFUSAL);
    story.database.execute(EVERYWHERE);
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;

    story
        .database
        .execute("INSERT INTO full_disk VALUES (now())");
    let why = "the database cannot be written: its disk is full";
    cannot_write(&story, &mut program, &schedule, why).await;

    story.database.execute("DELETE FROM full_disk");
    program.becomes(200).await;
    assert_eq!(program.told(OVER).len(), 1, "{:#?}", program.log());
    story.backs_up(&program, &schedule).await;
}

/// A name of the test's own at the server, which may be told that it only reads.
struct Role<'a> {
    name: String,
    database: &'a Database,
}

impl<'a> Role<'a> {
    fn create(database: &'a Database) -> Self {
        let name = format!("reader_{}", Uuid::new_v4().simple());
        database.execute(&format!(
            "CREATE ROLE {name} LOGIN SUPERUSER PASSWORD 'test'"
        ));
        Self { name, database }
    }

    fn url(&self) -> String {
        let DatabaseUrl::Postgres(url) = &self.database.url else {
            unreachable!("a role is on a server")
        };
        let mut url = Url::parse(url).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some("test")).unwrap();
        url.into()
    }

    /// Of connections that are made from now on.
    fn only_reads(&self, only_reads: bool) {
        let set = match only_reads {
            true => "SET default_transaction_read_only = on",
            false => "RESET default_transaction_read_only",
        };
        self.database
            .execute(&format!("ALTER ROLE {} {set}", self.name));
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        self.database.execute(&format!("DROP ROLE {}", self.name));
    }
}

/// As after a failover to a standby, which takes the old one's place a little later.
#[actix_rt::test]
async fn connections_that_only_read_are_left_for_others() {
    let Some(story) = on_postgres() else { return };
    let role = Role::create(&story.database);
    let mut serve = story.serve();
    serve.env("DATABASE_URL", role.url());
    let mut program = Program::start(serve);
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;

    role.only_reads(true);
    assert!(story.database.cut_off());
    let why = "the database cannot be written: it may only be read";
    cannot_write(&story, &mut program, &schedule, why).await;

    role.only_reads(false);
    program.becomes(200).await;
    story.backs_up(&program, &schedule).await;
}
