//! Another key takes the place of the one that seals secrets, whatever happens in between.

use std::{collections::HashSet, fs, path::PathBuf, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::json;
use tenantatlas::{
    data_dir,
    domain::{
        backup::BackupSet, canonical::Hash, global_id::GlobalId, kind::PolicyKind, role::Role,
    },
    export::{Export, ExportError, Format, Secrets, Set},
    key_file::{self, KeyFileError},
    store::{
        DatabaseUrl, StoreError, contents,
        keys::{self, Shelf},
        tenants,
    },
    vault::{Field, KeyId, Vault, random_key},
    workers::keys as rotation,
};

use crate::support::{
    TestApp,
    client::{Api, document_of},
    shell::Shell,
};

const SECRET: &str = "planted-secret-77b0c1";

/// A database with secrets of every sort, and the program with its key file.
struct Stage {
    app: TestApp,
    shell: Shell,
    set: BackupSet,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let profile = json!({
            "id": "planted", "displayName": "Planted", "version": 1, "preSharedKey": SECRET,
            "@odata.type": "#microsoft.graph.iosEduDeviceConfiguration",
        });
        let parts = json!({ "assignments": [] });
        app.graph
            .insert(app.directory(), "deviceConfigurations", profile, parts);
        let schedule = app
            .schedule("Nightly", &[PolicyKind::DeviceConfiguration])
            .await;
        let run = app.backed_up(&schedule).await;
        let set = app.set_of(&run).await.expect("a set");
        let shell = Shell::new(&app.database);
        let stage = Self { app, shell, set };
        let key = stage.app.key.clone();
        stage.write_keys(&[&key]);
        // What every command does: the key is the database's from now on.
        stage.shell.run(&["tenant", "list"]).done();
        stage
    }

    fn is_embedded(&self) -> bool {
        matches!(self.app.database.url, DatabaseUrl::Sqlite(_))
    }

    fn file(&self) -> PathBuf {
        self.shell.directory.path().join("key")
    }

    fn write_keys(&self, keys: &[&str]) {
        fs::write(self.file(), keys.join("\n")).unwrap();
    }

    fn ring(&self) -> Vault {
        key_file::read(&self.file()).unwrap()
    }

    /// Every sealed value, each with the key that it needs; that it opens is checked.
    async fn values(&self, ring: &Vault) -> Vec<KeyId> {
        let mut needed = Vec::new();
        for (shelf, field) in [
            (Shelf::CapturedValues, Field::CapturedValue),
            (Shelf::DigestKeys, Field::DigestKey),
            (Shelf::Credentials, Field::Credential),
        ] {
            let kept = self
                .app
                .read(move |db| keys::after(db, shelf, None, 100_000));
            for value in kept.await {
                ring.open(value.tenant, field, &value.sealed)
                    .unwrap_or_else(|_| panic!("a value of {shelf:?} is lost"));
                needed.push(KeyId::of_sealed(&value.sealed).unwrap());
            }
        }
        needed
    }

    async fn settled(&self, keys: &[&str]) -> Result<Vault, KeyFileError> {
        let vault = Vault::from_base64(&keys.join("\n").into()).unwrap();
        let given = vault.clone();
        let settled = self
            .app
            .store
            .write(move |db, _| key_file::settle(db, &given));
        settled.await.map(|()| vault)
    }
}

fn new_key() -> String {
    STANDARD.encode(random_key().expose_secret())
}

#[actix_rt::test]
async fn on_the_embedded_database_one_command_does_it() {
    let stage = Stage::set().await;
    if !stage.is_embedded() {
        let told = stage.shell.run(&["key", "rotate"]).refused(1);
        assert!(told.contains("on PostgreSQL"), "{told}");
        return;
    }
    let old = stage.ring();
    let before = stage
        .app
        .lines("SELECT digest AS line FROM sealed_values")
        .await;
    let hashes = stage.app.content_hashes().await;
    stage.shell.run(&["key", "rotate"]).done();
    let new = stage.ring();
    assert_eq!(new.keys().count(), 1);
    assert_ne!(new.sealing_key(), old.sealing_key());
    let needed: HashSet<String> = stage
        .values(&new)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(needed, HashSet::from([new.sealing_key().to_string()]));
    assert_eq!(
        stage
            .app
            .lines("SELECT digest AS line FROM sealed_values")
            .await,
        before
    );
    assert_eq!(stage.app.content_hashes().await, hashes);
    let log = "SELECT actor_name AS line FROM audit_log WHERE action = 'KEY_ROTATED'";
    assert_eq!(stage.app.lines(log).await, ["Command line"]);

    // The old key is kept for copies that were made before, and for nothing else.
    let kept = stage.shell.path(&format!("key.{}.old", old.sealing_key()));
    assert_eq!(
        key_file::read(kept.as_ref()).unwrap().sealing_key(),
        old.sealing_key()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&kept), 0o600);
    }
    stage.shell.run(&["tenant", "list"]).done();
    fs::copy(&kept, stage.file()).unwrap();
    let told = stage.shell.run(&["tenant", "list"]).refused(2);
    assert!(told.contains("was replaced"), "{told}");

    // Whoever still has the old key in memory stores nothing that it sealed.
    let schedule = stage
        .app
        .schedule("Later", &[PolicyKind::DeviceConfiguration])
        .await;
    let change = |object: &mut serde_json::Value| {
        object["preSharedKey"] = "changed".into();
        object["version"] = 2.into();
    };
    stage.app.graph.edit(
        stage.app.directory(),
        "deviceConfigurations",
        "planted",
        change,
    );
    let run = stage.app.backed_up(&schedule).await;
    assert!(stage.app.set_of(&run).await.is_none());
    stage.values(&new).await;
}

/// Where the command can be interrupted, there is a state; from each it goes on.
#[actix_rt::test]
async fn it_goes_on_from_every_state_between_two_steps() {
    let stage = Stage::set().await;
    let (old, new) = (stage.app.key.clone(), new_key());
    // The new key is in the file, and nobody was told.
    stage.write_keys(&[&new, &old]);
    let ring = stage.ring();
    // Some values are sealed anew, others not.
    let step = {
        let ring = ring.clone();
        stage
            .app
            .write(move |db, _| rotation::step(db, &ring, Shelf::CapturedValues, None))
            .await
    };
    assert!(step.sealed > 0 && step.stuck.is_empty());
    let needed = stage.values(&ring).await;
    let first = ring.sealing_key();
    assert!(needed.contains(&first) && needed.iter().any(|key| *key != first));
    stage.shell.run(&["key", "rotate"]).done();
    let is_done = |needed: Vec<KeyId>| needed.iter().all(|key| *key == first);
    assert!(is_done(stage.values(&ring).await));
    // All is done, but for the key file, where an older key lies as well; somebody pulled the plug while
    // the old one was put aside, and while the file was written.
    let id = Vault::from_base64(&old.as_str().into())
        .unwrap()
        .sealing_key();
    let aside = stage.shell.path(&format!("key.{id}.old"));
    let draft = stage
        .shell
        .path("key.0123456789abcdef0123456789abcdef.draft");
    for left in ["", &old[..20]] {
        stage.write_keys(&[&new, &old, &new_key()]);
        fs::write(&aside, left).unwrap();
        fs::write(&draft, &new).unwrap();
        let ran = stage.shell.run(&["key", "rotate"]);
        let told = ran.told.clone();
        ran.done();
        assert!(is_done(stage.values(&ring).await));
        if stage.is_embedded() {
            assert_eq!(stage.ring().keys().count(), 1);
            let aside = key_file::read(aside.as_ref()).expect("the old key");
            assert_eq!(aside.sealing_key(), id);
            assert!(!fs::exists(&draft).unwrap());
            assert!(told.contains("back up"), "{told}");
        }
    }
    let log = "SELECT actor_name AS line FROM audit_log WHERE action = 'KEY_ROTATED'";
    assert_eq!(stage.app.lines(log).await.len(), 1);
}

/// The command is killed in the transactions, never while it changes files: what is left of those
/// moments is planted elsewhere.
#[actix_rt::test]
async fn killed_while_it_seals_it_loses_nothing() {
    const VALUES: usize = 1_500;
    let stage = Stage::set().await;
    if !stage.is_embedded() {
        return;
    }
    let (tenant, vault) = (stage.app.tenant(), stage.app.vault.clone());
    stage
        .app
        .write(move |db, now| {
            let seal = |number: usize| {
                let sealed = vault.seal(tenant, Field::CapturedValue, SECRET.as_bytes());
                (Hash::of(&number.to_le_bytes()), sealed.unwrap())
            };
            let sealed: Vec<_> = (0..VALUES).map(seal).collect();
            contents::put_sealed(db, tenant, &sealed, now)
        })
        .await;
    // What is left to do; all of it, before the new key is there.
    let left = async || {
        let ring = stage.ring();
        let header = ring.sealing_key().header();
        let others = stage.app.read(move |db| keys::count_others(db, &header));
        let others = usize::try_from(others.await).unwrap();
        if ring.keys().count() > 1 {
            others
        } else {
            usize::MAX
        }
    };
    let mut kills = 0;
    loop {
        let before = left().await;
        let mut command = stage.shell.command(&["key", "rotate"]);
        let mut rotating = command.stderr(Stdio::null()).spawn().unwrap();
        // Each life gets a little farther than the last.
        let ended = loop {
            if let Some(status) = rotating.try_wait().unwrap() {
                break Some(status);
            }
            if left().await < before {
                break None;
            }
        };
        if let Some(status) = ended {
            assert!(status.success());
            break;
        }
        rotating.kill().unwrap();
        rotating.wait().unwrap();
        kills += 1;
        stage.values(&stage.ring()).await;
    }
    assert!(kills > 0, "it was never killed");
    assert_eq!(stage.ring().keys().count(), 1);
    let needed = stage.values(&stage.ring()).await;
    assert!(needed.len() > VALUES);
}

#[actix_rt::test]
async fn while_a_server_works_on_the_embedded_database_the_key_stays() {
    let stage = Stage::set().await;
    let DatabaseUrl::Sqlite(file) = &stage.app.database.url else {
        return;
    };
    let held = data_dir::lock(file.parent().unwrap()).unwrap();
    let told = stage.shell.run(&["key", "rotate"]).refused(1);
    assert!(told.contains("in use"), "{told}");
    assert_eq!(stage.ring().keys().count(), 1);
    drop(held);
}

#[actix_rt::test]
async fn a_value_that_cannot_be_opened_keeps_the_old_key() {
    let stage = Stage::set().await;
    let (old, new) = (stage.app.key.clone(), new_key());
    let foreign = Vault::new(&random_key());
    let tenant = stage.app.tenant();
    let sealed = foreign.seal(tenant, Field::CapturedValue, b"lost").unwrap();
    let digest = Hash::of(b"lost");
    stage
        .app
        .write(move |db, now| contents::put_sealed(db, tenant, &[(digest, sealed)], now))
        .await;
    stage.write_keys(&[&new, &old]);
    let told = stage.shell.run(&["key", "rotate"]).refused(1);
    assert!(told.contains(&digest.to_string()), "{told}");
    assert_eq!(stage.ring().keys().count(), 2);
    stage.shell.run(&["tenant", "list"]).done();
}

/// Several servers with one database: the steps that the README tells, and what is said to those
/// who leave one out.
#[actix_rt::test]
async fn servers_take_over_one_after_the_other() {
    let stage = Stage::set().await;
    let (old, new) = (stage.app.key.clone(), new_key());
    let (old, new) = (old.as_str(), new.as_str());
    // The new key is made known to all, then seals.
    stage.settled(&[old]).await.expect("the old key");
    stage.write_keys(&[old, new]);
    let told = stage.shell.run(&["key", "rotate"]).refused(1);
    assert!(told.contains("put the new one before it"), "{told}");
    let slow = stage.settled(&[old, new]).await.expect("second");
    let quick = stage.settled(&[new, old]).await.expect("first");
    // As long as nothing is sealed with the new key, it can be given up.
    stage.settled(&[old]).await.expect("the old key alone");
    let tenant = stage.app.tenant();
    let put = async |vault: &Vault| {
        let sealed = vault.seal(tenant, Field::CapturedValue, b"x").unwrap();
        let written = stage
            .app
            .store
            .write(move |db, _| rotation::confirm(db, &sealed));
        let written: Result<(), StoreError> = written.await;
        written
    };
    assert!(matches!(put(&quick).await, Err(StoreError::KeyReplaced)));
    stage.settled(&[new, old]).await.expect("first once more");
    let sealed = quick.seal(tenant, Field::CapturedValue, b"y").unwrap();
    let digest = Hash::of(b"y");
    stage
        .app
        .write(move |db, now| contents::put_sealed(db, tenant, &[(digest, sealed)], now))
        .await;
    assert!(matches!(
        stage.settled(&[old]).await,
        Err(KeyFileError::Lacks(_))
    ));
    let third = new_key();
    assert!(matches!(
        stage.settled(&[&third, new, old]).await,
        Err(KeyFileError::Torn { .. })
    ));
    assert!(matches!(
        stage.settled(&[new]).await,
        Err(KeyFileError::Mismatch { .. })
    ));
    let told = stage.shell.run(&["key", "rotate"]).refused(1);
    assert!(told.contains("put it first"), "{told}");

    // While both seal, both are let in.
    put(&slow).await.expect("the old key still seals");
    put(&quick).await.expect("and so does the new one");
    stage.write_keys(&[new, old]);
    stage.shell.run(&["key", "rotate"]).done();
    assert!(matches!(put(&slow).await, Err(StoreError::KeyReplaced)));
    put(&quick).await.expect("the new key");
    for keys in [&[old][..], &[old, new][..]] {
        assert!(matches!(
            stage.settled(keys).await,
            Err(KeyFileError::Replaced(_))
        ));
    }
    stage
        .settled(&[new, old])
        .await
        .expect("the old key may stay");
    stage.settled(&[new]).await.expect("and may go");
}

/// A server or a command that has read the old key alone, while another takes its place.
#[actix_rt::test]
async fn what_is_sealed_with_a_key_that_came_later_is_no_damage() {
    let stage = Stage::set().await;
    let api = Api::serve(&stage.app).await;
    let olivia = api
        .member(&stage.app, stage.app.tenant(), "olivia", Role::Owner)
        .await;
    let set = stage.set.clone();
    let ring = stage.settled(&[&new_key(), &stage.app.key]).await.unwrap();
    let step = stage
        .app
        .write(move |db, _| rotation::step(db, &ring, Shelf::CapturedValues, None))
        .await;
    assert!(step.sealed > 0);

    let input = json!({ "backupSetId": set.id.to_global() });
    let verify = document_of("verifyBackupSet");
    let codes = olivia.codes(&verify, json!({ "input": input })).await;
    assert_eq!(codes, ["INTERNAL"]);
    let marks = "SELECT action AS line FROM audit_log WHERE action = 'BACKUP_SET_VERIFIED'";
    assert_eq!(stage.app.lines(marks).await, Vec::<String>::new());

    let tenant = stage.app.tenant();
    let tenant = stage.app.read(move |db| tenants::find(db, tenant)).await;
    let of = Set {
        set,
        tenant: tenant.unwrap(),
        schedule: "Nightly".to_owned(),
    };
    let secrets = Secrets::Open(stage.app.vault.clone());
    let export = Export::open(&stage.app.store, of, Format::Json, secrets).await;
    let mut export = export.unwrap();
    let stopped = loop {
        match export.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the export came to its end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(
        stopped,
        ExportError::Store(StoreError::KeyUnknown(_))
    ));
}
