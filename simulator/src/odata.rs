//! Query options: `$top`, `$skip`, `$select`, `$expand`, `$filter`, `$orderby`, `$count`.

use crate::{request::Version, uri};

/// The query options of one request, or of one expanded part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) top: Option<usize>,
    pub(crate) skip: usize,
    pub(crate) select: Option<Vec<String>>,
    pub(crate) expand: Vec<Expand>,
    pub(crate) filter: Option<String>,
    pub(crate) order: Option<Order>,
    pub(crate) count: bool,
}

/// One navigation named in `$expand`, with its own options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expand {
    /// The type in front of the navigation, as in `microsoft.graph.windows10GeneralConfiguration/...`.
    pub(crate) cast: Option<String>,
    pub(crate) name: String,
    pub(crate) options: Options,
}

/// `$orderby`: one member, one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) member: String,
    pub(crate) descending: bool,
}

impl Options {
    /// Reads a query as received. Beta takes the options without their dollar sign as well; v1.0
    /// ignores those. The error is the text for the client.
    pub(crate) fn parse(query: &str, version: Version) -> Result<Self, String> {
        let mut options = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = uri::decode_query(key).to_lowercase();
            match key.strip_prefix('$') {
                Some(name) => options.set(name, &uri::decode_query(value))?,
                None if version == Version::Beta => {
                    // An unknown word without a dollar sign is a custom option, which is ignored.
                    let _ = options.set(&key, &uri::decode_query(value));
                }
                None => {}
            }
        }
        Ok(options)
    }

    /// Reads the options in the parentheses behind an expanded navigation.
    fn parse_nested(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for pair in split_outside(text, ';') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            options.set(key.trim().trim_start_matches('$'), value.trim())?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || {
            let invalid = format!("Invalid value '{value}' for ${name} query option found.");
            value.parse::<usize>().map_err(|_| invalid)
        };
        match name {
            "top" => self.top = Some(number()?),
            "skip" => self.skip = number()?,
            "select" => self.select = Some(names(value)),
            "expand" => self.expand = parse_expand(value)?,
            "filter" => self.filter = Some(value.to_owned()),
            "orderby" => self.order = Some(parse_order(value)),
            "count" => self.count = value == "true",
            "skiptoken" | "search" | "format" => {}
            _ => return Err(format!("Query option '${name}' is not supported.")),
        }
        Ok(())
    }

    /// What is asked of the navigation `name`, if it is expanded.
    pub(crate) fn expansion(&self, name: &str) -> Option<&Expand> {
        self.expand.iter().find(|expand| expand.name == name)
    }

    /// Whether `$select` names this member.
    pub(crate) fn selects(&self, member: &str) -> bool {
        self.select
            .as_ref()
            .is_some_and(|names| names.iter().any(|name| name == member))
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn parse_order(text: &str) -> Order {
    let mut words = text.split_whitespace();
    Order {
        member: words.next().unwrap_or_default().to_owned(),
        descending: words.next() == Some("desc"),
    }
}

fn parse_expand(text: &str) -> Result<Vec<Expand>, String> {
    split_outside(text, ',')
        .into_iter()
        .map(|item| {
            let (path, options) = match item.split_once('(') {
                Some((path, rest)) => {
                    let inner = rest
                        .strip_suffix(')')
                        .ok_or_else(|| format!("Unbalanced parentheses in '{item}'."))?;
                    (path, Options::parse_nested(inner)?)
                }
                None => (item, Options::default()),
            };
            let (cast, name) = match path.trim().rsplit_once('/') {
                Some((cast, name)) => (Some(cast.to_owned()), name),
                None => (None, path.trim()),
            };
            Ok(Expand {
                cast,
                name: name.to_owned(),
                options,
            })
        })
        .collect()
}

/// The parts of `text` between separators that stand outside of parentheses.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        character == separator && depth == 0
    })
    .filter(|part| !part.trim().is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(query: &str) -> Options {
        Options::parse(query, Version::Beta).unwrap()
    }

    #[test]
    fn nested_expansions_keep_their_options() {
        let options = parsed(
            "$expand=assignments,scheduledActionsForRule($expand=scheduledActionConfigurations;$top=2)&$top=999",
        );
        assert_eq!(options.top, Some(999));
        assert!(options.expansion("assignments").is_some());
        let actions = options.expansion("scheduledActionsForRule").unwrap();
        assert!(
            actions
                .options
                .expansion("scheduledActionConfigurations")
                .is_some()
        );
        assert_eq!(actions.options.top, Some(2));
    }

    #[test]
    fn a_type_in_front_of_a_navigation_is_set_apart() {
        let options = parsed(
            "%24expand=microsoft.graph.windows10GeneralConfiguration%2FprivacyAccessControls",
        );
        let expand = options.expansion("privacyAccessControls").unwrap();
        assert_eq!(
            expand.cast.as_deref(),
            Some("microsoft.graph.windows10GeneralConfiguration")
        );
    }

    #[test]
    fn the_dollar_sign_may_be_left_off_on_beta_only() {
        assert_eq!(parsed("top=5&odd=1").top, Some(5));
        assert_eq!(Options::parse("top=5", Version::V1).unwrap().top, None);
        assert!(Options::parse("$odd=1", Version::Beta).is_err());
        assert!(Options::parse("$top=x", Version::Beta).is_err());
    }
}
