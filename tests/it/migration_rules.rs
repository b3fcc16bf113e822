//! Migrations let programs of two releases work on one database; the rule is in CONTRIBUTING.md.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The first migration that the rule was there for.
const FIRST: &str = "0014";

/// What a migration must not do unless it raises the floor, each with a statement that does it.
const BREAKS: [(&str, &str); 18] = [
    ("takes something away", "ALTER TABLE runs DROP COLUMN slot"),
    ("takes something away", "DROP INDEX runs_by_end"),
    ("takes something away", "DELETE FROM runs"),
    ("takes something away", "TRUNCATE TABLE runs"),
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
        "adds a column that older programs do not fill",
        "ALTER TABLE runs ADD COLUMN a BIGINT NOT NULL, ADD COLUMN b BIGINT NOT NULL DEFAULT 0",
    ),
    (
        "refuses rows that were good",
        "ALTER TABLE runs ADD COLUMN a TEXT REFERENCES tenants (id)",
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
    (
        "changes what older programs write",
        "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON runs EXECUTE FUNCTION f()",
    ),
    (
        "changes what older programs write",
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON runs EXECUTE FUNCTION f()",
    ),
    (
        "changes what older programs write",
        "CREATE RULE r AS ON INSERT TO runs DO INSTEAD NOTHING",
    ),
];

/// What is there before a migration.
struct Before {
    /// The migrations, in order.
    migrations: Vec<String>,
    /// What a program must know at least.
    floor: String,
}

impl Before {
    /// Whether a floor is a migration that is there, and higher than before.
    fn can_be_raised_to(&self, floor: &str) -> bool {
        floor > self.floor.as_str() && self.migrations.iter().any(|known| known == floor)
    }

    /// What is wrong with the SQL of a migration.
    fn objections(&self, sql: &str) -> Vec<String> {
        let statements = statements(sql);
        let floors: Vec<&str> = statements.iter().filter_map(Statement::floor).collect();
        let wrong = floors.iter().filter(|it| !self.can_be_raised_to(it));
        let mut found: Vec<String> = wrong
            .map(|floor| format!("raises the floor to what it cannot be: {floor}"))
            .collect();
        let raises = !floors.is_empty();
        let made = each(&statements, Statement::table_made);
        let altered = each(&statements, Statement::table_altered);
        for statement in &statements {
            let words = &statement.words;
            if words.contains(" IF EXISTS ") || words.contains(" IF NOT EXISTS ") {
                found.push(format!("leaves open what it does: {words}"));
            }
            let target = statement.target();
            if target.is_some_and(|table| made.contains(&table)) {
                continue;
            }
            if let Some(why) = statement.breaks().filter(|_| !raises) {
                found.push(format!("{why}: {words}"));
            }
            if !statement.is_index() {
                continue;
            }
            if target.is_some_and(|table| altered.contains(&table)) {
                found.push(format!("locks readers while it builds an index: {words}"));
            }
            if !statement.comment.contains("Locks writers:") {
                found.push(format!("does not say how long it locks: {words}"));
            }
        }
        found
    }
}

fn each<'a>(
    statements: &'a [Statement],
    named: fn(&'a Statement) -> Option<&'a str>,
) -> Vec<&'a str> {
    statements.iter().filter_map(named).collect()
}

#[derive(Default)]
struct Statement {
    /// Its words in capitals, with one space between two.
    words: String,
    /// The comments in and before it.
    comment: String,
}

/// The statements of a file. What stands in a comment or in quotes ends none.
fn statements(sql: &str) -> Vec<Statement> {
    let (mut all, mut statement) = (Vec::new(), Statement::default());
    let mut is_quoted = false;
    for line in sql.lines() {
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            if !is_quoted && rest.starts_with("--") {
                statement.comment += rest;
                break;
            }
            is_quoted ^= next == '\'';
            if next == ';' && !is_quoted {
                all.push(std::mem::take(&mut statement));
            } else {
                statement.words.push(next);
            }
            rest = &rest[next.len_utf8()..];
        }
        statement.words.push(' ');
        statement.comment.push(' ');
    }
    all.push(statement);
    for statement in &mut all {
        let words: Vec<&str> = statement.words.split_whitespace().collect();
        statement.words = words.join(" ").to_uppercase();
    }
    all.retain(|statement| !statement.words.is_empty());
    all
}

impl Statement {
    fn after(&self, start: &str) -> Option<&str> {
        let (_, rest) = self.words.split_once(start)?;
        rest.split([' ', '(']).find(|word| !word.is_empty())
    }

    fn after_first(&self, start: &str) -> Option<&str> {
        self.words
            .starts_with(start)
            .then(|| self.after(start))
            .flatten()
    }

    fn table_made(&self) -> Option<&str> {
        self.after_first("CREATE TABLE ")
    }

    fn table_altered(&self) -> Option<&str> {
        self.after_first("ALTER TABLE ONLY ")
            .or_else(|| self.after_first("ALTER TABLE "))
    }

    /// The table that it changes.
    fn target(&self) -> Option<&str> {
        self.table_altered().or_else(|| self.after(" ON "))
    }

    fn is_index(&self) -> bool {
        self.words.starts_with("CREATE INDEX") || self.words.starts_with("CREATE UNIQUE INDEX")
    }

    fn floor(&self) -> Option<&str> {
        let floor = self.after_first("UPDATE SCHEMA_FLOOR SET MIGRATION = ")?;
        Some(floor.trim_matches('\''))
    }

    /// What it does at once, one after the other: an ALTER may have several parts.
    fn parts(&self) -> Vec<String> {
        let (mut parts, mut depth) = (vec![String::from(" ")], 0);
        for sign in self.words.chars() {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            match parts.last_mut() {
                Some(part) if sign != ',' || depth > 0 => part.push(sign),
                _ => parts.push(String::from(" ")),
            }
        }
        parts.into_iter().map(|part| part + " ").collect()
    }

    fn breaks(&self) -> Option<&'static str> {
        self.parts().iter().find_map(|part| self.breaks_by(part))
    }

    fn breaks_by(&self, part: &str) -> Option<&'static str> {
        let has = |text: &str| part.contains(text);
        let is_alter = self.words.starts_with("ALTER TABLE");
        let adds = is_alter && has(" ADD ");
        let takes = [" DROP ", " DELETE FROM ", " TRUNCATE "];
        let refuses = [
            " CONSTRAINT ",
            " CHECK ",
            " UNIQUE ",
            " FOREIGN KEY ",
            " PRIMARY ",
            " REFERENCES ",
        ];
        let interferes = [" TRIGGER ", " RULE "];
        [
            (takes.into_iter().any(has), "takes something away"),
            (has(" RENAME "), "renames"),
            (is_alter && has(" TYPE "), "changes a type"),
            (has(" SET NOT NULL "), "refuses null"),
            (
                adds && has(" NOT NULL ") && !has(" DEFAULT "),
                "adds a column that older programs do not fill",
            ),
            (
                adds && refuses.into_iter().any(has),
                "refuses rows that were good",
            ),
            (
                self.words.starts_with("CREATE UNIQUE INDEX"),
                "refuses rows that were good",
            ),
            (
                self.words.starts_with("CREATE ") && interferes.into_iter().any(has),
                "changes what older programs write",
            ),
        ]
        .into_iter()
        .find_map(|(is_so, why)| is_so.then_some(why))
    }
}

/// The migrations of a database with their numbers, in order.
fn migrations(database: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database);
    let paths = fs::read_dir(folder).unwrap();
    let mut all: Vec<(String, PathBuf)> = paths
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name.split('_').next().unwrap().to_owned(), path)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn migrations_leave_to_older_programs_what_they_use() {
    for database in ["sqlite", "postgres"] {
        let mut before = Before {
            migrations: Vec::new(),
            floor: FIRST.to_owned(),
        };
        for (number, path) in migrations(database) {
            if number.as_str() >= FIRST {
                let sql = fs::read_to_string(path.join("up.sql")).unwrap();
                let found = before.objections(&sql);
                assert!(found.is_empty(), "{}: {found:#?}", path.display());
                if let Some(floor) = statements(&sql).iter().find_map(Statement::floor) {
                    before.floor = floor.to_owned();
                }
            }
            before.migrations.push(number);
        }
        assert!(before.migrations.iter().any(|number| number == FIRST));
    }
}

fn before() -> Before {
    Before {
        migrations: ["0014", "0015", "0020"].map(str::to_owned).to_vec(),
        floor: FIRST.to_owned(),
    }
}

#[test]
fn what_disturbs_an_older_program_is_found() {
    let objections = |sql: &str| before().objections(sql);
    for (why, statement) in BREAKS {
        // What a comment says ends no statement.
        let says =
            format!("-- Locks writers: not for long; it's a\n-- narrow table.\n{statement};");
        let found = objections(&says);
        assert!(
            found.iter().any(|found| found.starts_with(why)),
            "{statement}: {found:?}"
        );
        let raised = |floor: &str| {
            objections(&format!(
                "{says}\nUPDATE schema_floor SET migration = '{floor}';"
            ))
        };
        assert_eq!(raised("0020"), Vec::<String>::new(), "{statement}");
        // As before, unknown, its own.
        for floor in ["0014", "0019", "0021"] {
            assert_eq!(raised(floor).len(), 1, "{statement}");
        }
    }
    for good in [
        "CREATE TABLE notes (id TEXT NOT NULL UNIQUE); CREATE UNIQUE INDEX n ON notes (id);",
        "ALTER TABLE runs ADD COLUMN note TEXT;",
        "ALTER TABLE runs ADD COLUMN notes BIGINT NOT NULL DEFAULT 0;",
        "-- Locks writers: the table has a row per server.\nCREATE INDEX s ON servers (a);",
        "-- DROP nothing; the comment does not count.\nUPDATE runs SET note = 'x; -- y';",
    ] {
        assert_eq!(objections(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn what_locks_for_long_is_found_whatever_the_floor() {
    let raises = "UPDATE schema_floor SET migration = '0020';";
    for (why, sql) in [
        (
            "does not say how long it locks",
            "CREATE INDEX runs_by_slot ON runs (slot);",
        ),
        (
            "locks readers while it builds an index",
            "ALTER TABLE runs ADD COLUMN a TEXT;\n-- Locks writers: a second.\nCREATE INDEX r ON runs (a);",
        ),
        (
            "leaves open what it does",
            "-- Locks writers: a second.\nCREATE INDEX IF NOT EXISTS r ON runs (a);",
        ),
        (
            "leaves open what it does",
            "CREATE TABLE IF NOT EXISTS runs (id TEXT); ALTER TABLE runs ADD COLUMN a TEXT;",
        ),
        (
            "leaves open what it does",
            "DROP INDEX IF EXISTS runs_by_end;",
        ),
    ] {
        let found = before().objections(&format!("{sql}\n{raises}"));
        assert_eq!(found.len(), 1, "{sql}: {found:?}");
        assert!(found[0].starts_with(why), "{sql}: {found:?}");
    }
}
