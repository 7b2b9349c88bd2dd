//! "Did you mean": of what there is, the most similar to something that there is not.

/// Longest name that is compared with others: nobody means one by anything so long, and to compare it takes long, too.
const LONGEST: usize = 40;

/// The most similar name, if one is similar at all (a letter in three may be another, or in another place); of several that
/// are as similar, the first. Without its family (`reset_peer`, of `net.reset_peer`) a name is as good as a whole one, and
/// capital letters make no difference.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let wrong = wrong.to_ascii_lowercase();
    let parts = |name: &'a str| [Some(name), name.split_once('.').map(|(_, own)| own)];
    known
        .flat_map(|name| parts(name).into_iter().flatten().map(move |part| (part, name)))
        .map(|(part, name)| (strsim::damerau_levenshtein(&wrong, part), part, name))
        .filter(|(distance, part, _)| *distance <= part.len().div_ceil(3))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., name)| name)
}
