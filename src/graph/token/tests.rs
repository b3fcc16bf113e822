//! The life of a token, without a network.

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn issued(name: &str, expires_in: u64, refresh_in: Option<u64>) -> Issued {
    Issued {
        access_token: name.into(),
        expires_in,
        refresh_in,
    }
}

fn token(name: &str, now: DateTime<Utc>) -> Token {
    Token::new(issued(name, 3599, None), now)
}

async fn ask(
    slot: &Slot,
    now: DateTime<Utc>,
    answer: Result<&str, &'static str>,
) -> (String, bool) {
    let mut asked = false;
    let fetched = slot
        .token(now, async |_| {
            asked = true;
            answer.map(|name| token(name, now))
        })
        .await;
    (
        fetched.map_or_else(str::to_owned, |t| t.expose().to_owned()),
        asked,
    )
}

#[tokio::test]
async fn a_token_is_kept_until_it_is_due() {
    let slot = Slot::default();
    assert_eq!(
        ask(&slot, at(0), Ok("first")).await,
        ("first".to_owned(), true)
    );
    assert_eq!(
        ask(&slot, at(3298), Ok("second")).await,
        ("first".to_owned(), false)
    );
    assert_eq!(
        ask(&slot, at(3299), Ok("second")).await,
        ("second".to_owned(), true)
    );
}

#[tokio::test]
async fn a_failed_renewal_keeps_the_old_token_and_is_not_repeated_at_once() {
    let slot = Slot::default();
    ask(&slot, at(0), Ok("first")).await;
    assert_eq!(
        ask(&slot, at(3300), Err("down")).await,
        ("first".to_owned(), true)
    );
    assert_eq!(
        ask(&slot, at(3301), Ok("second")).await,
        ("first".to_owned(), false)
    );
    assert_eq!(
        ask(&slot, at(3360), Ok("second")).await,
        ("second".to_owned(), true)
    );
}

#[tokio::test]
async fn an_expired_token_is_never_used() {
    let slot = Slot::default();
    ask(&slot, at(0), Ok("first")).await;
    assert_eq!(
        ask(&slot, at(3599), Err("down")).await,
        ("down".to_owned(), true)
    );
}

#[tokio::test]
async fn while_one_renews_the_others_go_on() {
    let slot = Slot::default();
    ask(&slot, at(0), Ok("first")).await;
    let renewed = slot
        .token(at(3300), async |_| {
            assert_eq!(
                ask(&slot, at(3300), Ok("third")).await,
                ("first".to_owned(), false)
            );
            Ok::<_, ()>(token("second", at(3300)))
        })
        .await;
    assert_eq!(renewed.unwrap().expose(), "second");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let slot = Slot::default();
    let fresh = async |_| Ok::<_, ()>(token("first", at(0)));
    let first = slot.token(at(0), fresh).await.unwrap();
    let second = async |_| Ok::<_, ()>(token("second", at(1)));
    let second = slot
        .token_after(Some(&first), Need::Token, second)
        .await
        .unwrap();
    let again = slot
        .token_after(Some(&first), Need::Token, async |_| {
            Err::<Token, _>("asked")
        })
        .await;
    assert!(Arc::ptr_eq(&again.unwrap(), &second));
}

#[test]
fn a_token_is_renewed_early_but_not_at_once() {
    for (expires_in, refresh_in, renew) in [
        (3599, None, 3299),
        (86_399, Some(43_199), 43_199),
        (3599, Some(3500), 3299),
        (60, None, 30),
        (0, None, 0),
    ] {
        let token = Token::new(issued("t", expires_in, refresh_in), at(0));
        assert_eq!(token.renew_at, at(renew), "{expires_in} {refresh_in:?}");
    }
}

#[test]
fn permissions_are_read_from_the_token() {
    let jwt = |payload: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload));
    let granted = |text: &str| Token::new(issued(text, 60, None), at(0)).granted;

    let some = granted(&jwt(r#"{"roles":["A.ReadWrite.All","B.Read.All"]}"#));
    assert!(some.allows("A.Read.All") && some.allows("B.Read.All"));
    assert!(!some.allows("B.ReadWrite.All") && !some.allows("C.Read.All"));

    assert_eq!(granted(&jwt("{}")), Granted::Known(BTreeSet::new()));
    assert!(!granted(&jwt("{}")).allows("A.Read.All"));

    for unreadable in ["opaque", "a.%%%.c", &jwt("[]")] {
        assert_eq!(granted(unreadable), Granted::Unknown);
        assert!(granted(unreadable).allows("A.Read.All"));
    }
}

#[test]
fn a_refusal_is_remembered_until_its_time_or_until_the_credential_was_accepted() {
    let slot = Slot::default();
    let refusal = SignInRefusal::read(br#"{"error_codes":[7000215]}"#).unwrap();
    slot.rest(refusal.clone(), at(3600), Some(at(-9)));
    let found = |now, accepted_at| slot.refusal(now, accepted_at);
    assert_eq!(found(at(3599), Some(at(-9))), Some((refusal, at(3600))));
    assert_eq!(found(at(3600), Some(at(-9))), None);
    assert_eq!(found(at(1), Some(at(0))), None);
    assert!(slot.is_resting(at(1)) && !slot.is_resting(at(3600)));
    slot.keep::<()>(token("good", at(2))).unwrap();
    assert_eq!(found(at(3), Some(at(-9))), None);
}
