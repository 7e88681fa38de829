//! Finds variants of an enum that no checkpoint tells apart, in `const` evaluation.

use super::dims::{Dim, DimIn, Len, all_in};
use super::frame::{Frame, RANK};
use super::node::{Field, Node, NodeInSpec, Spec, Variant};
use super::sources::NthSource;
use super::text::Text;
use super::value::Known;
use super::wanted::Wanted;

/// The first variant that can never be loaded, with the one that always fits beside it.
pub(super) const fn problem(variants: &'static [Variant]) -> Option<Text<768>> {
    let mut i = 0;
    while i < variants.len() {
        let mut k = 0;
        while k < variants.len() {
            if i != k && is_covered(&variants[i], &variants[k]) {
                return Some(message(&variants[i], &variants[k]));
            }
            k += 1;
        }
        i += 1;
    }
    None
}

const fn message(variant: &'static Variant, other: &'static Variant) -> Text<768> {
    let (a, b) = (variant.name, other.name);
    let text = Text::new().push("`").push(a).push("`");
    if !is_covered(other, variant) {
        let text = Text::new().push("every checkpoint that fits `").push(a).push("` fits `").push(b);
        let text = text.push("` too, so neither would be loaded; give `").push(a);
        let text = text.push("` a parameter that `").push(b).push("` does not have, narrow what `").push(b);
        return text.push("` takes, or remove `").push(a).push("`");
    }
    let text = text.push(" and `").push(b);
    match variant.node.fields().is_empty() && other.node.fields().is_empty() {
        true => text.push("` hold no parameters, so no checkpoint tells them apart; remove the derive, and `skip` the field that holds the enum"),
        false => text.push("` hold the same names, shapes and dtypes, so no checkpoint tells them apart; change a name, a shape or a dtype of one, or remove it"),
    }
}

/// Whether every checkpoint that fits a variant fits the other one, with the same tensors.
const fn is_covered(variant: &'static Variant, other: &'static Variant) -> bool {
    let (spec, a, b) = (Spec::INSIDE, &variant.node, &other.node);
    covers(NodeInSpec { node: b, spec }, NodeInSpec { node: a, spec })
}

/// Whether `a` takes every checkpoint that `b` takes. Where it is not certain, it does not.
const fn covers(a: NodeInSpec, b: NodeInSpec) -> bool {
    let (a, b) = (a.bare(), b.bare());
    if let (Node::Optional { .. }, Some(false)) = (b.node, b.spec.says()) {
        return true;
    }
    match (a.node, b.node) {
        (Node::Parameter(x), Node::Parameter(y)) => {
            takes(&Wanted { spec: a.spec, leaf: x }, &Wanted { spec: b.spec, leaf: y })
        }
        (Node::Optional { item }, Node::Optional { item: other }) => covers(a.of(item), b.of(other)),
        (Node::Optional { item }, _) => covers(a.of(item), b),
        (Node::List { .. }, Node::List { .. }) if a.spec.items.is_some() || b.spec.items.is_some() => false,
        (Node::List { item, len }, Node::List { item: other, len: other_len }) => {
            let lens = match (a.spec.len, b.spec.len) {
                (Some(x), Some(y)) => (x, y),
                (Some(x), None) => (x, *other_len),
                (None, Some(y)) => (*len, y),
                (None, None) => (*len, *other_len),
            };
            let (x, y) = (DimIn(lens.0.as_dim(), &a.spec.environment), DimIn(lens.1.as_dim(), &b.spec.environment));
            let is_long_enough = matches!(lens.0, Len::FromFile) || x.is(&y);
            is_long_enough && covers(a.of(item), b.of(other))
        }
        (Node::Map { item }, Node::Map { item: other }) => covers(a.of(item), b.of(other)),
        (
            Node::Struct { fields, ignore: [], declared, .. },
            Node::Struct { fields: others, ignore: [], declared: other, .. },
        ) => {
            let is_had = has_all(fields, a.spec.enter(*declared), others, b.spec.enter(*other));
            is_had && may_lack_the_rest(fields, others)
        }
        (
            Node::Choice { variants, ignore: [], declared, .. },
            Node::Choice { variants: others, ignore: [], declared: other, .. },
        ) => {
            let (spec, other_spec) = (a.spec.enter(Some(*declared)), b.spec.enter(Some(*other)));
            let (mut are_covered, mut i) = (variants.len() == others.len(), 0);
            while are_covered && i < variants.len() {
                let (a, b) = (&variants[i].node, &others[i].node);
                let (a, b) = (NodeInSpec { node: a, spec }, NodeInSpec { node: b, spec: other_spec });
                are_covered = covers(a, b);
                i += 1;
            }
            are_covered
        }
        _ => false,
    }
}

impl NodeInSpec {
    const fn of(self, node: &'static Node) -> NodeInSpec {
        NodeInSpec { node, spec: self.spec.item() }
    }

    /// The node of the only field, if that has no name.
    const fn bare(self) -> NodeInSpec {
        let mut this = self;
        while let Node::Struct { fields: [Field { flatten: true, tied: None, .. }], ignore: [], declared, .. } =
            this.node
        {
            let field = &this.node.fields()[0];
            this = NodeInSpec { node: field.node, spec: field.spec_in(this.spec.enter(*declared)) };
        }
        this
    }
}

/// Whether for each of `others`, a field of the same name takes whatever it takes.
const fn has_all(fields: &'static [Field], spec: Spec, others: &'static [Field], other_spec: Spec) -> bool {
    let mut i = 0;
    while i < others.len() {
        let other = &others[i];
        let inner = NodeInSpec { node: other.node, spec: other.spec_in(other_spec) };
        let is_had = match (other.flatten, inner.node) {
            _ if other.tied.is_some() || other.composed().is_some() => false,
            (true, Node::Struct { fields: flattened, ignore: [], declared, .. }) => {
                has_all(fields, spec, flattened, inner.spec.enter(*declared))
            }
            (true, _) => false,
            (false, _) => match find(fields, other) {
                Some(field) if field.tied.is_none() && field.composed().is_none() && has_aliases(field, other) => {
                    covers(NodeInSpec { node: field.node, spec: field.spec_in(spec) }, inner)
                }
                _ => false,
            },
        };
        if !is_had {
            return false;
        }
        i += 1;
    }
    true
}

const fn has_aliases(field: &Field, other: &Field) -> bool {
    let mut i = 0;
    while i < other.aliases.len() {
        let (mut k, mut found) = (0, false);
        while k < field.aliases.len() {
            found = found || field.aliases[k].is(&other.aliases[i]);
            k += 1;
        }
        if !found {
            return false;
        }
        i += 1;
    }
    true
}

const fn has_name_of(field: &Field, other: &Field) -> bool {
    match (field.nth_name(0), other.nth_name(0)) {
        (Some(name), Some(other)) => name.is(&other),
        _ => false,
    }
}

/// The field of the same name, also where it is flattened. A parameter and a module may share a name, so it is of the same kind too.
const fn find(fields: &'static [Field], other: &Field) -> Option<&'static Field> {
    let mut i = 0;
    while i < fields.len() {
        match (fields[i].flatten, fields[i].node) {
            (false, node) if has_name_of(&fields[i], other) && is_like(node, other.node) => return Some(&fields[i]),
            (true, Node::Struct { fields: flattened, .. }) => {
                let found = find(flattened, other);
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

const fn is_like(node: &Node, other: &Node) -> bool {
    let (a, b) = (node.names(), other.names());
    a.here == b.here && a.below == b.below
}

/// Whether a checkpoint may lack the fields that are not among the others.
const fn may_lack_the_rest(fields: &'static [Field], others: &'static [Field]) -> bool {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        let may_lack = match (field.flatten, field.node) {
            (true, Node::Struct { fields: flattened, ignore: [], .. }) => may_lack_the_rest(flattened, others),
            _ => find(others, field).is_some() || may_be_absent(field.node, field.spec_in(Spec::INSIDE)),
        };
        if !may_lack {
            return false;
        }
        i += 1;
    }
    true
}

const fn may_be_absent(node: &'static Node, spec: Spec) -> bool {
    match node {
        Node::Optional { .. } | Node::Map { .. } => true,
        Node::List { .. } if spec.items.is_some() => false,
        Node::List { len, .. } => match spec.len {
            Some(len) => matches!(len, Len::FromFile),
            None => matches!(len, Len::FromFile),
        },
        Node::Struct { fields, .. } => may_lack_the_rest(fields, &[]),
        Node::Parameter(_) | Node::Choice { .. } => false,
    }
}

/// Whether a parameter takes every tensor that another one takes. Both are under their own names.
const fn takes(wanted: &Wanted, other: &Wanted) -> bool {
    let (dtypes, others) = (wanted.dtypes(), other.dtypes());
    let mut is_taken = dtypes.is_empty() || !others.is_empty() && all_in(others, dtypes);
    let (Some(dims), Some(other_dims)) = (in_file(wanted), in_file(other)) else {
        let is_any = wanted.rank().is_none() && wanted.spec.from.is_none();
        return is_taken && is_any;
    };
    is_taken = is_taken && dims.1 == other_dims.1;
    let mut i = 0;
    while is_taken && i < dims.1 {
        let (x, y) = (DimIn(dims.0[i], &wanted.spec.environment), DimIn(other_dims.0[i], &other.spec.environment));
        is_taken = matches!(dims.0[i], Dim::Any) || x.is(&y);
        i += 1;
    }
    is_taken
}

/// The dims of a parameter's tensor in the file; `None` if they are not known, or it is a part of one.
const fn in_file(wanted: &Wanted) -> Option<([Dim; RANK], usize)> {
    let (mut dims, mut i) = ([Dim::Any; RANK], 0);
    let frame: Frame = match wanted.spec.from {
        Some(layout) => match layout.source(wanted, Known::NONE, 0) {
            NthSource::Found(source) if source.frame.sliced().is_none() && source.open.is_none() => {
                match &source.reshaped {
                    Some(sizes) => Frame::sized(sizes),
                    None => source.frame,
                }
            }
            _ => return None,
        },
        None => {
            let rank = match wanted.rank() {
                Some(rank) if rank <= RANK => rank,
                _ => return None,
            };
            while i < rank {
                dims[i] = wanted.dim(i);
                i += 1;
            }
            return Some((dims, rank));
        }
    };
    while i < frame.rank() {
        dims[i] = frame.side(i).dim;
        i += 1;
    }
    Some((dims, frame.rank()))
}
