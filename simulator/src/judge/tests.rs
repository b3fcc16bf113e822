//! Logs made up by hand, and what the judge says to them.

use super::*;

const LIST: &str = "/beta/deviceManagement/intents";
const NEIGHBOUR: &str = "/beta/deviceManagement/roleScopeTags";
const ELSEWHERE: &str = "/v1.0/groups";
const TOKEN: &str = "/t/oauth2/v2.0/token";

/// Requests one after the other, each answered before the next.
struct Story {
    start: Instant,
    entries: Vec<Entry>,
}

impl Story {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            entries: Vec::new(),
        }
    }

    /// A request `at` so many seconds by both clocks, answered a tenth of a second later.
    fn request(&mut self, at: f64, path: &str, status: u16) -> &mut Entry {
        let at = Duration::from_secs_f64(at);
        let end = at + Duration::from_millis(100);
        let number = u64::try_from(self.entries.len()).unwrap() + 1;
        self.entries.push(Entry {
            request: LoggedRequest {
                number,
                at,
                answered_at: Some(end),
                method: "GET".to_owned(),
                path: path.to_owned(),
                query: String::new(),
                tenant: Some(Uuid::nil()),
                status,
                retry_after: None,
                fault: None,
                authorization: None,
                client_request_id: Some(number.to_string()),
                claims: None,
                connection: None,
                batch: None,
            },
            arrived: self.start + at,
            ended: Some(self.start + end),
            client: path.ends_with("/token").then(|| "client".to_owned()),
            items: 0,
            body: 0,
            is_final: matches!(status, 400..=404),
            chapter: 0,
            announced: None,
        });
        self.entries.last_mut().unwrap()
    }

    fn throttled(&mut self, at: f64, path: &str, wait: u64) {
        self.request(at, path, 429).announced = Some(Duration::from_secs(wait));
    }

    /// The rules broken, with the numbers of the requests.
    fn verdict(&self) -> Vec<(Rule, u64)> {
        let found = violations(&self.entries, Some(2));
        found.iter().map(|it| (it.rule, it.request)).collect()
    }
}

#[test]
fn an_announced_wait_holds_for_the_backend() {
    let mut story = Story::new();
    story.throttled(0.0, LIST, 12);
    story.request(0.2, NEIGHBOUR, 200);
    story.request(1.0, ELSEWHERE, 200);
    story.request(2.0, NEIGHBOUR, 200);
    story.request(12.2, LIST, 200);
    // The second could not know yet; the third goes to another backend.
    assert_eq!(story.verdict(), [(Rule::AnnouncedWait, 4)]);
}

#[test]
fn the_same_request_comes_too_early_even_at_once() {
    let mut story = Story::new();
    story.throttled(0.0, LIST, 12);
    story.request(0.101, LIST, 200);
    assert_eq!(story.verdict(), [(Rule::AnnouncedWait, 2)]);
}

#[test]
fn after_a_503_only_the_request_itself_waits() {
    let mut story = Story::new();
    story.request(0.0, LIST, 503).announced = Some(Duration::from_secs(10));
    story.request(2.0, NEIGHBOUR, 200);
    story.request(3.0, LIST, 200);
    assert_eq!(story.verdict(), [(Rule::AnnouncedWait, 3)]);
}

#[test]
fn items_of_a_batch_know_what_their_envelope_knows() {
    let mut story = Story::new();
    story.request(0.0, "/beta/$batch", 200).ended = Some(story.start + Duration::from_secs(2));
    story.entries[0].request.answered_at = Some(Duration::from_secs(2));
    story.throttled(0.5, LIST, 12);
    story.entries[1].request.batch = Some(1);
    story.request(1.5, NEIGHBOUR, 200).request.batch = Some(1);
    story.request(5.0, NEIGHBOUR, 200);
    assert_eq!(story.verdict(), [(Rule::AnnouncedWait, 4)]);
}

#[test]
fn a_refusal_for_good_is_not_asked_again() {
    let mut story = Story::new();
    story.request(0.0, LIST, 404);
    story.request(1.0, NEIGHBOUR, 200);
    story.request(2.0, LIST, 404);
    story.request(700.0, LIST, 404);
    assert_eq!(story.verdict(), [(Rule::FinalRefusal, 3)]);
}

#[test]
fn a_forgiven_refusal_may_be_asked_again() {
    let mut story = Story::new();
    story.request(0.0, LIST, 404);
    story.request(1.0, LIST, 404).chapter = 1;
    assert_eq!(story.verdict(), []);
}

#[test]
fn a_refused_token_is_replaced_once() {
    let mut story = Story::new();
    story.request(0.0, LIST, 401);
    story.request(1.0, LIST, 401);
    assert_eq!(story.verdict(), []);
    story.request(2.0, LIST, 200);
    assert_eq!(story.verdict(), [(Rule::FinalRefusal, 3)]);
}

#[test]
fn a_refused_credential_is_not_tried_again() {
    let mut story = Story::new();
    story.request(0.0, TOKEN, 401);
    story.request(1.0, TOKEN, 401);
    assert_eq!(story.verdict(), [(Rule::FinalRefusal, 2)]);
}

#[test]
fn what_happens_at_once_is_counted() {
    let mut story = Story::new();
    for path in [LIST, NEIGHBOUR, ELSEWHERE] {
        story.request(0.0, path, 200);
    }
    story.request(1.0, TOKEN, 200);
    story.request(1.05, TOKEN, 200);
    story.request(1.2, TOKEN, 200);
    assert_eq!(
        story.verdict(),
        [(Rule::MostInFlight, 3), (Rule::OneSignIn, 5)]
    );
}

#[test]
fn ids_links_and_batches_are_looked_at() {
    let mut story = Story::new();
    story.request(0.0, LIST, 200).request.client_request_id = None;
    story.request(1.0, LIST, 200).request.client_request_id = Some("x".to_owned());
    story.request(2.0, LIST, 200).request.client_request_id = Some("x".to_owned());
    story.request(3.0, LIST, 400).request.query = "%24skiptoken=1".to_owned();
    story.request(4.0, NEIGHBOUR, 200).request.query = "$skiptoken=foreign".to_owned();
    story.request(5.0, "/beta/$batch", 400).items = 21;
    assert_eq!(
        story.verdict(),
        [
            (Rule::RequestId, 1),
            (Rule::FreshRequestId, 3),
            (Rule::UnchangedLink, 4),
            (Rule::OwnHost, 5),
            (Rule::BatchSize, 6),
        ]
    );
}
