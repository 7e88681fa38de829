//! The names of a schema, and their defaults.

use super::environment::{Environment, Lookup, Symbol};
use super::expression::Expression;
use super::flat::Flat;
use super::node::{Node, Spec};

/// Calls `add` for each name of the load in a dim, a length or a condition.
pub(crate) fn dim_names(root: &'static Node, add: &mut impl FnMut(Symbol)) {
    names(root, Spec::NONE, add);
}

fn names(node: &'static Node, spec: Spec, add: &mut impl FnMut(Symbol)) {
    let mut all = |flat: Option<Flat>| {
        flat.iter().flat_map(Flat::symbols).filter(Symbol::is_of_load).for_each(&mut *add);
    };
    match node {
        Node::Parameter(_) => {
            spec.shape.into_iter().flatten().for_each(|dim| all(dim.flat(&spec.environment)));
            let sizes = spec.from.into_iter().flat_map(|from| (0..).map_while(|number| from.nth_size(number).ok()));
            sizes.for_each(|dim| all(dim.flat(&spec.environment)));
        }
        Node::Struct { fields, declared, .. } => {
            let outer = spec.enter(*declared);
            for (name, default) in declared.map_or(&[][..], |declared| declared.defaults) {
                all(Some(default.flat(&outer.environment)));
                all(Some(Flat::of_symbol(outer.environment.of_load(name))));
            }
            for config in fields.iter().filter_map(|field| field.config) {
                if let Lookup::Is(..) = outer.environment.stands_for(config.key) {
                    all(Some(Flat::of_name(config.key, &outer.environment)));
                }
            }
            for field in *fields {
                let spec = field.spec_in(outer);
                let conditions = [spec.when, spec.given.tied_when()];
                conditions.into_iter().flatten().for_each(|when| all(Some(when.flat(&outer.environment))));
            }
            fields.iter().for_each(|field| names(field.node, field.spec_in(outer), add));
        }
        Node::List { item, len } => {
            all(spec.len.unwrap_or(*len).as_dim().flat(&spec.environment));
            let items = spec.items.into_iter().flat_map(|items| [items.first, items.end]);
            items.for_each(|dim| all(dim.flat(&spec.environment)));
            names(item, spec.item(), add);
        }
        Node::Map { item } => names(item, spec.item(), add),
        Node::Optional { item } => names(item, spec.inside(), add),
        Node::Choice { variants, declared, .. } => {
            let spec = Spec::NONE.around(spec.enter(Some(*declared)));
            variants.iter().for_each(|variant| names(&variant.node, spec, add));
        }
    }
}

/// Calls `add` for each default of a name of the load, with where it stands.
pub(crate) fn defaults(root: &'static Node, add: &mut impl FnMut(Symbol, Expression, Environment)) {
    defaults_below(root, Spec::NONE, add);
}

fn defaults_below(node: &'static Node, spec: Spec, add: &mut impl FnMut(Symbol, Expression, Environment)) {
    let mut all = |inside: &Spec, defaults: &[(&'static str, Expression)]| {
        for (name, expression) in defaults {
            add(inside.environment.of_load(name), *expression, inside.environment);
        }
    };
    match node {
        Node::Parameter(_) => {}
        Node::Struct { fields, declared, .. } => {
            let inside = spec.enter(*declared);
            all(&inside, declared.map_or(&[], |declared| declared.defaults));
            fields.iter().for_each(|field| defaults_below(field.node, field.spec_in(inside), add));
        }
        Node::List { item, .. } | Node::Map { item } => defaults_below(item, spec.item(), add),
        Node::Optional { item } => defaults_below(item, spec.inside(), add),
        Node::Choice { variants, declared, .. } => {
            let inside = spec.enter(Some(*declared));
            all(&inside, declared.defaults);
            let spec = Spec::NONE.around(inside);
            variants.iter().for_each(|variant| defaults_below(&variant.node, spec, add));
        }
    }
}
