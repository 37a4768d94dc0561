//! No circle among the modules that stand beside each other, at any depth of a crate.
//!
//! A module and those inside it are one thing and may use each other; two siblings may not, however indirectly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::File;
use super::imports::{self, Imports, ModulePath};
use super::{Rule, Violation};

/// A crate's modules by path.
type Crate = BTreeMap<ModulePath, Imports>;
/// Who uses whom among siblings.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Re-exports of re-exports are followed this far.
const MAX_DEPTH: usize = 8;

/// The broken rules among these files.
pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let mut crates: BTreeMap<String, Crate> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        if let Some((name, module)) = place_of(&file.path) {
            let imports = imports::read(&file.text, &module);
            crates.entry(name).or_default().insert(module, imports);
        }
    }
    crates.iter().flat_map(|(name, modules)| check_crate(name, modules)).collect()
}

/// The crate's folder and the module's path, for a file below a `src`. Programs beside a library are roots
/// of their own, which nothing else can use, and so are left out.
fn place_of(path: &Path) -> Option<(String, ModulePath)> {
    let text = path.to_str()?.strip_suffix(".rs")?;
    let (name, inside) = text.split_once("/src/")?;
    let mut module: ModulePath = inside.split('/').map(str::to_owned).collect();
    match module.last().map(String::as_str) {
        Some("mod") => drop(module.pop()),
        Some("lib") if module.len() == 1 => module.clear(),
        Some("main") if module.len() == 1 => return None,
        _ if inside.starts_with("bin/") => return None,
        _ => {}
    }
    Some((name.to_owned(), module))
}

fn check_crate(name: &str, modules: &Crate) -> Vec<Violation> {
    let mut levels: BTreeMap<ModulePath, Graph> = BTreeMap::new();
    for (module, imports) in modules {
        for used in imports.uses.iter().filter_map(|path| resolve(modules, path, 0)) {
            let common = module.iter().zip(&used).take_while(|(a, b)| a == b).count();
            // One holds the other when the shorter path ends here.
            if let (Some(user), Some(sibling)) = (module.get(common), used.get(common)) {
                let level = module.iter().take(common).cloned().collect();
                levels.entry(level).or_default().entry(user.clone()).or_default().insert(sibling.clone());
            }
        }
    }
    let circles = levels.iter().flat_map(|(level, graph)| {
        let place =
            std::iter::once(name).chain(level.iter().map(String::as_str)).collect::<Vec<_>>().join("/");
        find_circles(graph).into_iter().map(move |circle| (place.clone(), circle))
    });
    circles.map(|(place, circle)| Violation::new(Rule::Cycle, place, circle.join(" → "))).collect()
}

/// The module that a path leads to, through whatever hands its name on; none outside this crate.
fn resolve(modules: &Crate, path: &[String], depth: usize) -> Option<ModulePath> {
    let mut module = ModulePath::new();
    for (i, segment) in path.iter().enumerate() {
        let mut inner = module.clone();
        inner.push(segment.clone());
        if modules.contains_key(&inner) {
            module = inner;
            continue;
        }
        let handed_on = modules.get(&module).and_then(|imports| imports.handed_on.get(segment));
        if let (Some(target), true) = (handed_on, depth < MAX_DEPTH) {
            let whole: ModulePath = target.iter().chain(path.iter().skip(i + 1)).cloned().collect();
            return resolve(modules, &whole, depth + 1);
        }
        break;
    }
    (!module.is_empty()).then_some(module)
}

fn find_circles(graph: &Graph) -> Vec<Vec<String>> {
    let mut search = Search { graph, done: BTreeSet::new(), trail: Vec::new(), circles: Vec::new() };
    for module in graph.keys() {
        search.visit(module);
    }
    search.circles
}

/// A walk in depth. A module met again on the trail closes a circle.
struct Search<'g> {
    graph: &'g Graph,
    done: BTreeSet<&'g str>,
    trail: Vec<&'g str>,
    circles: Vec<Vec<String>>,
}

impl<'g> Search<'g> {
    fn visit(&mut self, module: &'g str) {
        if let Some(start) = self.trail.iter().position(|passed| *passed == module) {
            let circle = self.trail.iter().skip(start).copied().chain([module]);
            self.circles.push(circle.map(str::to_owned).collect());
            return;
        }
        if self.done.contains(module) {
            return;
        }
        self.trail.push(module);
        for used in self.graph.get(module).into_iter().flatten() {
            self.visit(used);
        }
        self.trail.pop();
        self.done.insert(module);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| File {
            path: format!("crates/a/src/{path}").into(),
            text: (*text).to_owned(),
        };
        check(&files.iter().map(file).collect::<Vec<_>>()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn siblings_that_use_each_other_are_a_circle() {
        assert_eq!(
            said(&[
                ("b.rs", "use crate::c::C;"),
                ("c.rs", "use crate::d::D;"),
                ("d.rs", "fn f(x: crate::b::B) {}")
            ]),
            ["cycle: crates/a: b → c → d → b"]
        );
    }

    #[test]
    fn a_detour_through_the_root_hides_nothing() {
        assert_eq!(
            said(&[
                ("lib.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
                ("b.rs", "use crate::C;"),
                ("c.rs", "use crate::B;"),
            ]),
            ["cycle: crates/a: b → c → b"]
        );
    }

    #[test]
    fn a_module_and_its_inside_are_one() {
        assert!(
            said(&[("b/mod.rs", "use self::c::C; struct B;"), ("b/c.rs", "use super::B; struct C;")])
                .is_empty()
        );
    }

    #[test]
    fn circles_are_found_at_any_depth() {
        assert_eq!(
            said(&[("b/mod.rs", ""), ("b/c.rs", "use super::d::D;"), ("b/d.rs", "use super::c::C;")]),
            ["cycle: crates/a/b: c → d → c"]
        );
    }

    #[test]
    fn one_direction_is_fine() {
        assert!(
            said(&[("b.rs", "use crate::c::C;"), ("c.rs", "use std::fmt;"), ("d.rs", "use crate::b::B;")])
                .is_empty()
        );
    }
}
