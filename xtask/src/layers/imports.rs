//! Which paths of its own crate a source file uses, and which it hands on.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

/// A module's path from its crate's root; empty for the root.
pub(crate) type ModulePath = Vec<String>;

/// What one file says about the rest of its crate.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// The paths it uses, from the root: modules first, then perhaps an item.
    pub(crate) uses: Vec<ModulePath>,
    /// Names that it hands on to others, and what they stand for.
    pub(crate) handed_on: BTreeMap<String, ModulePath>,
}

/// Reads a file that is the module `module`. A file that does not parse uses nothing: the compiler will say so.
pub(crate) fn read(text: &str, module: &[String]) -> Imports {
    let mut reader = Reader { module: module.to_vec(), imports: Imports::default() };
    if let Ok(file) = syn::parse_file(text) {
        reader.visit_file(&file);
    }
    reader.imports
}

struct Reader {
    module: ModulePath,
    imports: Imports,
}

impl Reader {
    /// The path from the root, or none for a path into another crate. `use a::b` may mean a module or a
    /// foreign crate; both readings are kept, and the one that names no module leads nowhere.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut base = self.module.clone();
        match first.as_str() {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
                let supers = rest.iter().take_while(|segment| *segment == "super").count();
                base.truncate(base.len().saturating_sub(supers));
                base.extend(rest.iter().skip(supers).cloned());
                return Some(base);
            }
            "std" | "core" | "alloc" => return None,
            _ => base.push(first.clone()),
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn read_use(&mut self, tree: &syn::UseTree, before: &mut Vec<String>, is_public: bool) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.read_use(&path.tree, before, is_public);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.read_use(item, before, is_public);
                }
            }
            syn::UseTree::Name(name) => self.read_leaf(&name.ident, &name.ident, before, is_public),
            syn::UseTree::Rename(rename) => self.read_leaf(&rename.ident, &rename.rename, before, is_public),
            syn::UseTree::Glob(_) => self.imports.uses.extend(self.absolute(before)),
        }
    }

    fn read_leaf(&mut self, name: &syn::Ident, shown: &syn::Ident, before: &[String], is_public: bool) {
        let mut path = before.to_vec();
        if name != "self" {
            path.push(name.to_string());
        }
        let Some(path) = self.absolute(&path) else { return };
        if is_public {
            self.imports.handed_on.insert(shown.to_string(), path);
        } else {
            self.imports.uses.push(path);
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_none() && !is_for_tests(&item.attrs) {
            let is_public = !matches!(item.vis, syn::Visibility::Inherited);
            self.read_use(&item.tree, &mut Vec::new(), is_public);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_none() && segments.len() > 1 {
            self.imports.uses.extend(self.absolute(&segments));
        }
        visit::visit_path(self, path);
    }

    /// The path of `pub(in path)` names a place, not a use.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(text: &str, module: &str) -> Vec<String> {
        let module: Vec<String> =
            module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        read(text, &module).uses.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_read_from_the_root() {
        assert_eq!(uses("use crate::{a::B, c};", "x::y"), ["a::B", "c"]);
        assert_eq!(
            uses("use super::B; use super::super::C; use self::d::E;", "x::y"),
            ["x::B", "C", "x::y::d::E"]
        );
        assert_eq!(uses("fn f() { crate::a::b(); }", "x"), ["a::b"]);
        assert!(uses("use std::fmt; fn f() { g(); }", "x").is_empty());
    }

    #[test]
    fn tests_inside_a_file_are_not_read() {
        assert!(uses("#[cfg(test)] mod tests { use crate::a::B; }", "x").is_empty());
    }

    #[test]
    fn a_name_handed_on_is_not_a_use() {
        let imports = read("pub use a::{B as C};", &[]);
        assert!(imports.uses.is_empty());
        assert_eq!(imports.handed_on.get("C"), Some(&vec!["a".to_owned(), "B".to_owned()]));
    }
}
