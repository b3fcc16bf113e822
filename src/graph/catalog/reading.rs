//! What is read after a list, and for which of its objects.

/// A reading after the list.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp {
    /// For which objects.
    pub when: When,
    /// How much the answer holds.
    pub weight: Weight,
    /// What is read.
    pub read: Read,
}

/// How much an answer holds, which decides how it is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A small part: it may share a `$batch` with others.
    Small,
    /// Bodies, images, long lists: it travels alone, so that no batch grows beyond sense.
    Large,
}

/// For which objects a follow-up is made.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// For all.
    Always,
    /// If the member is absent or null.
    Missing(&'static str),
    /// If it is neither.
    Present(&'static str),
    /// If the array at `member` is absent or its length is not the number at `counted_by`.
    Short {
        /// The array.
        member: &'static str,
        /// The number.
        counted_by: &'static str,
    },
    /// If the OData type, without `#microsoft.graph.`, is one of these.
    Type(&'static [&'static str]),
    /// If the text at the JSON pointer equals the other.
    Equals(&'static str, &'static str),
    /// If one of these numbers is above zero.
    Positive(&'static [&'static str]),
}

/// What a follow-up reads. Texts are paths.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// The object once more, with what the list leaves out.
    Object(&'static str),
    /// A collection.
    Collection(Collection),
    /// One object, or nothing.
    Single(Single),
    /// Bytes that are no JSON, such as an image.
    Stream(Stream),
    /// For each element of an array a collection.
    PerElement(PerElement),
    /// The objects that an array of identifiers names.
    Named(Named),
    /// Plain values of encrypted OMA settings; `{element}` is the reference of the value. The
    /// encrypted `value` gives way to `decryptedValue`, which is sealed; where the app may not
    /// read it, `valueNotCaptured` says so.
    PlainValues(&'static str),
}

/// A collection, all pages.
#[derive(Clone, Copy, Debug)]
pub struct Collection {
    /// Path.
    pub path: &'static str,
    /// Path that is asked when the other is refused.
    pub plain_path: Option<&'static str>,
    /// Member that takes it.
    pub into: &'static str,
    /// Member that holds the number of parts there must be.
    pub counted_by: Option<&'static str>,
    /// Statuses that mean that there is nothing.
    pub none_on: &'static [u16],
}

impl Collection {
    pub(super) const NONE: Self = Self {
        path: "",
        plain_path: None,
        into: "",
        counted_by: None,
        none_on: &[],
    };
}

/// One object, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Single {
    /// Path.
    pub path: &'static str,
    /// Whether the path is an action (POST without a body).
    pub action: bool,
    /// Member that takes it.
    pub into: &'static str,
    /// Statuses that mean that there is nothing.
    pub none_on: &'static [u16],
}

impl Single {
    pub(super) const NONE: Self = Self {
        path: "",
        action: false,
        into: "",
        none_on: &[],
    };
}

/// Bytes, kept as a text in base64.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// Path.
    pub path: &'static str,
    /// Member that takes it.
    pub into: &'static str,
    /// Statuses that mean that there is nothing.
    pub none_on: &'static [u16],
}

/// For each element of an array a collection, where the element has none.
///
/// An element whose collection is empty is read only if that is suspicious: if all are empty, or
/// if the object does not fulfil `trusted`.
#[derive(Clone, Copy, Debug)]
pub struct PerElement {
    /// The array.
    pub array: &'static str,
    /// Path; `{element}` is the element's identifier.
    pub path: &'static str,
    /// Member of the element that takes the collection.
    pub into: &'static str,
    /// Member and text of objects whose empty collections are believed.
    pub trusted: (&'static str, &'static str),
}

/// The objects that an array of identifiers names; those that are gone are left out.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The array of identifiers.
    pub ids: &'static str,
    /// Beginnings that are cut off an identifier.
    pub prefixes: &'static [&'static str],
    /// Path, not continuing the list's; `{element}` is the identifier.
    pub path: &'static str,
    /// Member that takes the objects.
    pub into: &'static str,
}
