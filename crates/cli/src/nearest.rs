//! "Did you mean": of what there is, the most similar to something that there is not.

/// How alike they have to be, from 0 to 1.
const ALIKE: f64 = 0.75;

/// The most similar, if it is similar enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(wrong, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
