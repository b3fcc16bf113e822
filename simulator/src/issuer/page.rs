//! The pages that people see.

use super::Person;

/// A page with a button for each person, which repeats the request with the choice.
pub(super) fn choice(people: &[Person], request: &[(String, String)]) -> String {
    let hidden: String = request
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escaped(name), escaped(value));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
        })
        .collect();
    let buttons: String = people
        .iter()
        .map(|person| {
            let (login, name) = (escaped(&person.login), escaped(&person.name));
            let title = escaped(&person.title);
            format!(
                "<p><button name=\"login_hint\" value=\"{login}\">{name}, {title}</button></p>\n"
            )
        })
        .collect();
    page(
        "Sign in",
        &format!(
            "<h1>Who are you?</h1>\n<p>These people are made up and have no passwords.</p>\n\
             <form method=\"get\" action=\"authorize\">\n{hidden}{buttons}</form>"
        ),
    )
}

/// A page that says one thing.
pub(super) fn message(text: &str) -> String {
    page("Simulated issuer", &format!("<p>{}</p>", escaped(text)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>body {{ font: 1rem system-ui; margin: 3rem auto; max-width: 28rem }} \
         button {{ font: inherit; padding: .5rem 1rem; width: 100% }}</style>\n\
         </head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_is_text_in_the_page() {
        let request = [("state".to_owned(), "\"><script>".to_owned())];
        let page = choice(&Person::cast(), &request);
        assert!(
            page.contains("value=\"&quot;&gt;&lt;script&gt;\""),
            "{page}"
        );
        assert!(
            page.contains("value=\"olivia\">Olivia Owens, owner<"),
            "{page}"
        );
    }
}
