//! Migrations let programs of two releases work on one database; the rule is in CONTRIBUTING.md.

use std::{fs, path::Path};

/// The first migration that the rule was there for.
const FIRST: &str = "0014";

/// What a migration must not do unless it raises the floor, each with a statement that does it.
const BREAKS: [(&str, &str); 11] = [
    ("takes something away", "ALTER TABLE runs DROP COLUMN slot"),
    ("takes something away", "DROP INDEX runs_by_end"),
    ("renames", "ALTER TABLE runs RENAME TO attempts"),
    (
        "changes a type",
        "ALTER TABLE runs ALTER COLUMN slot TYPE BIGINT",
    ),
    (
        "refuses null",
        "ALTER TABLE runs ALTER COLUMN slot SET NOT NULL",
    ),
    (
        "adds a column that older programs do not fill",
        "ALTER TABLE runs ADD COLUMN a TEXT COLLATE \"C\" NOT NULL",
    ),
    (
        "refuses rows that were good",
        "ALTER TABLE runs ADD CONSTRAINT few CHECK (attempt < 3)",
    ),
    (
        "refuses rows that were good",
        "ALTER TABLE runs ADD COLUMN a TEXT CHECK (a <> '')",
    ),
    (
        "refuses rows that were good",
        "ALTER TABLE runs ADD UNIQUE (slot)",
    ),
    (
        "refuses rows that were good",
        "CREATE UNIQUE INDEX one ON runs (tenant_id)",
    ),
    (
        "changes what older programs write",
        "CREATE TRIGGER t BEFORE INSERT ON runs EXECUTE FUNCTION f()",
    ),
];

/// What is wrong with the SQL of a migration.
fn objections(sql: &str) -> Vec<String> {
    let statements = statements(sql);
    let raises = statements
        .iter()
        .any(|it| it.words.starts_with("UPDATE SCHEMA_FLOOR SET MIGRATION ="));
    let made: Vec<&str> = statements
        .iter()
        .filter_map(Statement::table_made)
        .collect();
    let mut found = Vec::new();
    for statement in &statements {
        let is_of_new = statement
            .target()
            .is_some_and(|table| made.contains(&table));
        if is_of_new {
            continue;
        }
        if let Some(why) = statement.breaks().filter(|_| !raises) {
            found.push(format!("{why}: {}", statement.words));
        }
        let is_index = statement.words.starts_with("CREATE INDEX")
            || statement.words.starts_with("CREATE UNIQUE INDEX");
        if is_index && !statement.comment.contains("Locks writers:") {
            found.push(format!(
                "does not say how long it locks: {}",
                statement.words
            ));
        }
    }
    found
}

struct Statement {
    /// Its words in capitals, with one space between two.
    words: String,
    /// The comment before it.
    comment: String,
}

fn statements(sql: &str) -> Vec<Statement> {
    let with_comments = sql.split(';').map(|text| {
        let (mut words, mut comment) = (String::new(), String::new());
        for line in text.lines() {
            let (code, said) = line.split_once("--").unwrap_or((line, ""));
            words.extend([code, " "]);
            comment.extend([said, " "]);
        }
        let words: Vec<&str> = words.split_whitespace().collect();
        let words = words.join(" ").to_uppercase();
        Statement { words, comment }
    });
    with_comments.filter(|it| !it.words.is_empty()).collect()
}

impl Statement {
    fn after(&self, start: &str) -> Option<&str> {
        let (_, rest) = self.words.split_once(start)?;
        rest.split([' ', '(']).find(|word| !word.is_empty())
    }

    fn table_made(&self) -> Option<&str> {
        self.words
            .starts_with("CREATE TABLE")
            .then(|| self.after("CREATE TABLE "))?
    }

    /// The table that it changes.
    fn target(&self) -> Option<&str> {
        match self.words.starts_with("ALTER TABLE") {
            true => self.after("ALTER TABLE "),
            false => self.after(" ON "),
        }
    }

    fn breaks(&self) -> Option<&'static str> {
        let words = format!(" {} ", self.words);
        let has = |text: &str| words.contains(text);
        let is_alter = self.words.starts_with("ALTER TABLE");
        let adds = is_alter && has(" ADD ");
        [
            (has(" DROP "), "takes something away"),
            (has(" RENAME "), "renames"),
            (is_alter && has(" TYPE "), "changes a type"),
            (has(" SET NOT NULL "), "refuses null"),
            (
                adds && has(" NOT NULL ") && !has(" DEFAULT "),
                "adds a column that older programs do not fill",
            ),
            (
                adds && [
                    " CONSTRAINT ",
                    " CHECK ",
                    " UNIQUE ",
                    " FOREIGN KEY ",
                    " PRIMARY ",
                ]
                .into_iter()
                .any(has),
                "refuses rows that were good",
            ),
            (
                self.words.starts_with("CREATE UNIQUE INDEX"),
                "refuses rows that were good",
            ),
            (
                self.words.starts_with("CREATE TRIGGER"),
                "changes what older programs write",
            ),
        ]
        .into_iter()
        .find_map(|(is_so, why)| is_so.then_some(why))
    }
}

#[test]
fn migrations_leave_to_older_programs_what_they_use() {
    let mut looked_at = 0;
    for database in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(database);
        for migration in fs::read_dir(folder).unwrap() {
            let path = migration.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().as_ref() < FIRST {
                continue;
            }
            let found = objections(&fs::read_to_string(path.join("up.sql")).unwrap());
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 0);
}

#[test]
fn what_disturbs_an_older_program_is_found() {
    for (why, statement) in BREAKS {
        let says = format!("-- Locks writers: not for long.\n{statement};");
        let found = objections(&says);
        assert!(
            found.iter().any(|found| found.starts_with(why)),
            "{statement}: {found:?}"
        );
        let raised = format!("{says}\nUPDATE schema_floor SET migration = '0020';");
        assert_eq!(objections(&raised), Vec::<String>::new(), "{statement}");
    }
    let index = "CREATE INDEX runs_by_slot ON runs (slot);";
    assert_eq!(objections(index).len(), 1);
    for good in [
        "CREATE TABLE notes (id TEXT NOT NULL UNIQUE); CREATE UNIQUE INDEX n ON notes (id);",
        "ALTER TABLE runs ADD COLUMN note TEXT;",
        "ALTER TABLE runs ADD COLUMN notes BIGINT NOT NULL DEFAULT 0;",
        "-- Locks writers: the table has a row per server.\nCREATE INDEX s ON servers (a);",
        "-- DROP nothing; the comment does not count.\nUPDATE runs SET note = 'x';",
    ] {
        assert_eq!(objections(good), Vec::<String>::new(), "{good}");
    }
}
