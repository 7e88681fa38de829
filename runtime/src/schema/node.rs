//! The tree of constants.

use super::dims::{Dim, Items, Leaf, Len, Shapes};
use super::environment::{Declared, Environment, Gives};
use super::expression::Expression;
use super::layout::Layout;
use super::stem::{Alias, Stem};
use super::summary::Summary;
use super::value::{Known, Value};
use weighbridge_checkpoint::DType;

use crate::config_field::ConfigField;

/// The parameters of a module, as a constant of its type: [`Module::SCHEMA`](crate::Module::SCHEMA).
///
/// ```
/// use weighbridge::{Module, Tensor};
///
/// #[derive(Module)]
/// struct Linear<const IN: usize, const OUT: usize> {
///     #[param(shape = [OUT, IN])]
///     weight: Tensor<f32>,
///     #[param(shape = [OUT])]
///     bias: Tensor<f32>,
/// }
///
/// const COUNT: Option<usize> = <[Linear<10, 5>; 3]>::SCHEMA.parameter_count();
/// const BYTES: Option<usize> = Linear::<10, 5>::SCHEMA.byte_len();
/// assert_eq!(COUNT, Some(6));
/// assert_eq!(BYTES, Some((5 * 10 + 5) * 4));
/// ```
#[derive(Clone, Copy)]
pub struct Schema {
    pub(crate) root: &'static Node,
}

/// A node of the schema: a parameter, or something that holds parameters.
#[derive(Debug)]
pub enum Node {
    /// A tensor.
    Parameter(Leaf),
    /// Named children, and names of the file to ignore, relative to this place.
    Struct {
        /// In the order of declaration.
        fields: &'static [Field],
        /// Patterns over names below this place.
        ignore: &'static [&'static str],
        /// What the type declares of names; `None` where names stand for what they do around it, as in a tuple.
        declared: Option<&'static Declared>,
        /// What its arguments go into.
        summary: Summary,
    },
    /// Children named `0`, `1`, …, or with a [`Stem`] around the index, which is the field's.
    List {
        /// What each child is.
        item: &'static Node,
        /// How many there are, as far as the type says.
        len: Len,
    },
    /// Children whose keys only the file, or the value, knows.
    Map {
        /// What each child is.
        item: &'static Node,
    },
    /// Something that a file has all of or nothing of.
    Optional {
        /// What it is if it is present.
        item: &'static Node,
    },
    /// One of several variants: the one that fits the file.
    Choice {
        /// In the order of declaration.
        variants: &'static [Variant],
        /// Patterns over names below this place.
        ignore: &'static [&'static str],
        /// What the type declares of names.
        declared: &'static Declared,
        /// What its arguments go into.
        summary: Summary,
    },
}

impl Node {
    /// The node of a struct whose fields cannot collide and that has no ties.
    pub const fn apart(fields: &'static [Field]) -> Node {
        Node::Struct { fields, ignore: &[], declared: Some(Declared::NONE), summary: Summary::NONE }
    }

    /// In place of that of a type that cannot be a field, which another error is about.
    pub(crate) const UNKNOWN: &'static Node =
        &Node::Choice { variants: &[], ignore: &["*"], declared: Declared::NONE, summary: Summary::NONE };

    /// Whether nothing is known of it.
    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self, Node::Choice { variants: [], .. })
    }

    /// Whether nothing is known of one of its fields.
    pub(super) const fn has_unknown(&self) -> bool {
        let mut fields = self.fields();
        while let [field, rest @ ..] = fields {
            if field.node.is_unknown() {
                return true;
            }
            fields = rest;
        }
        false
    }

    /// The node of a tuple, in which names stand for what they do around it.
    pub(crate) const fn tuple(fields: &'static [Field]) -> Node {
        Node::Struct { fields, ignore: &[], declared: None, summary: Summary::NONE }
    }

    /// The same, with names to ignore.
    ///
    /// It takes the node by value, as all that generated code calls on a value does: no trait of the user's has a method that comes first.
    pub const fn ignore(self, ignore: &'static [&'static str]) -> Node {
        match self {
            Node::Choice { variants, declared, summary, .. } => Node::Choice { variants, ignore, declared, summary },
            Node::Struct { fields, declared, summary, .. } => Node::Struct { fields, ignore, declared, summary },
            other => other,
        }
    }

    /// The same, with arguments and defaults.
    pub const fn declare(self, declared: &'static Declared) -> Node {
        let summary = match declared.args {
            [] => Summary::NONE,
            _ => {
                let below = self.below();
                Summary { levels: 1 + below.levels, ..below }
            }
        };
        match self {
            Node::Choice { variants, ignore, .. } => Node::Choice { variants, ignore, declared, summary },
            Node::Struct { fields, ignore, .. } => Node::Struct { fields, ignore, declared: Some(declared), summary },
            other => other,
        }
    }

    /// How many modules with arguments are in each other. One without arguments begins anew.
    pub(super) const fn levels(&self) -> usize {
        match self {
            Node::Parameter(_) => 0,
            Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => item.levels(),
            Node::Struct { declared: None, .. } => self.below().levels(),
            Node::Struct { summary, .. } | Node::Choice { summary, .. } => summary.levels(),
        }
    }

    /// What the names in its fields or variants go into.
    const fn below(&self) -> Summary {
        let mut all = Summary::NONE;
        if let Node::Choice { variants, .. } = self {
            let mut rest = *variants;
            while let [variant, others @ ..] = rest {
                all = all.and(variant.node.below());
                rest = others;
            }
        }
        if let Node::Struct { fields, .. } = self {
            let mut rest = *fields;
            while let [field, others @ ..] = rest {
                all = all.and(field.summary());
                rest = others;
            }
        }
        all
    }

    pub(crate) const fn fields(&self) -> &'static [Field] {
        match self {
            Node::Struct { fields, .. } => fields,
            _ => &[],
        }
    }

    /// The types of the parameters in a field with `#[param]`: one, or one for each element of a tuple.
    pub(crate) const fn leaf(&self, number: usize) -> Option<&Leaf> {
        match self {
            Node::Parameter(leaf) if number == 0 => Some(leaf),
            Node::Parameter(_) => None,
            Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => item.leaf(number),
            Node::Struct { fields, .. } if number < fields.len() => match fields[number].attributes {
                None => fields[number].node.leaf(0),
                Some(_) => None,
            },
            Node::Struct { .. } | Node::Choice { .. } => None,
        }
    }
}

/// Which names a node may take: a parameter its own, a module those below it. One name can be both a tensor's and a module's.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) here: bool,
    pub(crate) below: bool,
}

impl Node {
    /// The names that it may take.
    pub(crate) const fn names(&self) -> Names {
        match self {
            Node::Parameter(_) => Names { here: true, below: false },
            Node::List { .. } | Node::Map { .. } => Names { here: false, below: true },
            Node::Optional { item } => item.names(),
            Node::Struct { fields, .. } => {
                let (mut all, mut i) = (Names { here: false, below: false }, 0);
                while i < fields.len() && !(all.here && all.below) {
                    let field = match fields[i].flatten && fields[i].composed().is_none() {
                        true => fields[i].node.names(),
                        false => Names { here: false, below: true },
                    };
                    all = all.or(field);
                    i += 1;
                }
                all
            }
            Node::Choice { variants, .. } => {
                let (mut all, mut i) = (Names { here: false, below: false }, 0);
                while i < variants.len() && !(all.here && all.below) {
                    all = all.or(variants[i].node.names());
                    i += 1;
                }
                all
            }
        }
    }
}

impl Names {
    const fn or(self, other: Names) -> Names {
        Names { here: self.here || other.here, below: self.below || other.below }
    }
}

/// A variant of a [`Node::Choice`].
#[derive(Debug)]
pub struct Variant {
    pub(crate) name: &'static str,
    pub(crate) node: Node,
}

impl Variant {
    /// A variant of an enum, with the node of its fields.
    pub const fn of(name: &'static str, node: Node) -> Variant {
        // its names are the enum's
        let node = match node {
            Node::Struct { fields, ignore, .. } => {
                Node::Struct { fields, ignore, declared: None, summary: Summary::NONE }
            }
            other => other,
        };
        Variant { name, node }
    }
}

/// One child of a [`Node::Struct`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name; of a list whose items have a stem, the components before theirs.
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [Alias],
    /// Whether what it holds lies at the struct's own place.
    pub(crate) flatten: bool,
    pub(crate) node: &'static Node,
    /// Attributes of this field; `None` for the elements of a tuple, which inherit those of the field that holds it.
    pub(crate) attributes: Option<Attributes>,
    /// Path of the parameter or module it is tied to, relative to the struct.
    pub(crate) tied: Option<&'static str>,
    /// What it is in the configuration, if it is in no file; it then holds nothing.
    pub(crate) config: Option<&'static ConfigField>,
}

impl Field {
    /// The attributes of the field, in a holder whose attributes are `outer`.
    pub(crate) const fn spec_in(&self, outer: Spec) -> Spec {
        match &self.attributes {
            Some(attributes) => attributes.within(outer.environment),
            None => outer.item(),
        }
    }

    /// What the names of the type around it go into, in it.
    const fn summary(&self) -> Summary {
        let mut node = self.node;
        while let Node::List { item, .. } | Node::Map { item } | Node::Optional { item } = node {
            node = item;
        }
        let Some(attributes) = &self.attributes else {
            return Summary { levels: node.levels() as u32, ..Summary::UNCLEAR };
        };
        let all = match node {
            Node::Parameter(leaf) => of_shape(attributes.shape, leaf),
            Node::Struct { declared: Some(declared), summary, .. } | Node::Choice { declared, summary, .. } => {
                match (declared.args, attributes.given) {
                    ([], _) => Summary::NONE,
                    // without a default, which computes
                    (args, Gives::Names(given)) if given.len() == args.len() => *summary,
                    _ => Summary { is_plain: false, ..*summary },
                }
            }
            _ => Summary { levels: node.levels() as u32, ..Summary::UNCLEAR },
        };
        match attributes {
            Attributes { len: Some(Len::Computed(_)), .. } => Summary { is_plain: false, ..all },
            Attributes { items: None, from: None, given: Gives::Names(_), .. } => all,
            _ => Summary { is_plain: false, ..all },
        }
    }

    /// Its own name (0), which is empty at the struct's own place, or an alias (1, …).
    pub(crate) const fn nth_name(&self, number: usize) -> Option<Alias> {
        if number == 0 {
            let stem = match self.attributes {
                Some(attributes) => attributes.stem,
                None => Stem::BARE,
            };
            return Some(Alias { name: if self.flatten { "" } else { self.name }, stem });
        }
        if number <= self.aliases.len() { Some(self.aliases[number - 1]) } else { None }
    }

    /// The layout in the file, if it names its source tensors, so that none has the field's own name.
    pub(crate) const fn composed(&self) -> Option<&'static Layout> {
        match self.attributes {
            Some(Attributes { from: Some(layout), .. }) if layout.names_its_sources() => Some(layout),
            _ => None,
        }
    }
}

/// What the names in a shape go into.
const fn of_shape(shape: Option<&'static [Dim]>, leaf: &Leaf) -> Summary {
    let Some(dims) = shape else { return Summary::NONE };
    if !matches!(leaf.shapes, Shapes::Any | Shapes::Rank(_)) {
        return Summary::UNCLEAR;
    }
    let (mut rest, mut all) = (dims, Summary::NONE);
    while let [dim, others @ ..] = rest {
        match dim {
            Dim::Any => {}
            Dim::Is(number) => all.factor = all.factor.saturating_mul(*number as u64),
            Dim::Named(_) => all.dims += 1,
            Dim::Computed(_) | Dim::AtLeast(_) => return Summary::UNCLEAR,
        }
        rest = others;
    }
    all
}

/// The attributes of a field that apply to its parameters, through lists and options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    pub(crate) shape: Option<&'static [Dim]>,
    /// The dtypes that the field accepts; empty for those of the type.
    pub(crate) dtypes: &'static [DType],
    /// The length of the outermost list.
    pub(crate) len: Option<Len>,
    /// Which items of the outermost list it holds, if not all.
    pub(crate) items: Option<&'static Items>,
    /// What stands around the index in the paths of the outermost list's items.
    pub(crate) stem: &'static Stem,
    /// The layout in the file, if it differs from the field's.
    pub(crate) from: Option<&'static Layout>,
    /// What the field gives to the modules in it.
    pub(crate) given: Gives,
}

impl Attributes {
    pub(crate) const NONE: Attributes = Attributes {
        shape: None,
        dtypes: &[],
        len: None,
        items: None,
        stem: Stem::BARE,
        from: None,
        given: Gives::NONE,
    };

    /// They, where names stand for what this environment says.
    pub(crate) const fn within(&self, environment: Environment) -> Spec {
        let Attributes { shape, dtypes, len, items, stem, from, given } = *self;
        let when = given.when();
        Spec { shape, dtypes, len, items, stem, found: stem, from, given, when, environment }
    }
}

/// The attributes of a field at a place of the schema, where its names stand for something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) shape: Option<&'static [Dim]>,
    /// The dtypes that the field accepts; empty for those of the type.
    pub(crate) dtypes: &'static [DType],
    /// The length of the outermost list.
    pub(crate) len: Option<Len>,
    /// Which items of the outermost list it holds, if not all.
    pub(crate) items: Option<&'static Items>,
    /// What stands around the index in the paths of the outermost list's items.
    pub(crate) stem: &'static Stem,
    /// The same of their names in the file, which an alias can change.
    pub(crate) found: &'static Stem,
    /// The layout in the file, if it differs from the field's.
    pub(crate) from: Option<&'static Layout>,
    /// What the field gives to the modules in it.
    pub(crate) given: Gives,
    /// Whether the outermost option is there.
    pub(crate) when: Option<&'static Expression>,
    /// What the names in them stand for.
    pub(crate) environment: Environment,
}

impl Spec {
    pub(crate) const NONE: Spec = Attributes::NONE.within(Environment::LOAD);

    /// Those around the fields of a module, whose own arguments are names like all others.
    pub(super) const INSIDE: Spec = Spec::NONE.enter(Some(Declared::NONE));

    /// The attributes for the items of a list.
    pub(crate) const fn item(self) -> Spec {
        Spec { len: None, items: None, stem: Stem::BARE, found: Stem::BARE, when: None, ..self }
    }

    /// The attributes for what is in an option.
    pub(crate) const fn inside(self) -> Spec {
        Spec { when: None, ..self }
    }

    /// Whether the outermost option is there, where the arguments of the module say so.
    pub(crate) const fn says(&self) -> Option<bool> {
        self.says_with(Known::NONE)
    }

    /// The same, where names are known.
    pub(crate) const fn says_with(&self, known: Known<'_>) -> Option<bool> {
        let Some(when) = self.when else { return None };
        match when.truth(&self.environment, known) {
            Value::Truth(is) => Some(is),
            _ => None,
        }
    }

    /// The same attributes, where names stand for what they do in these.
    pub(crate) const fn around(self, other: Spec) -> Spec {
        Spec { environment: other.environment, ..self }
    }

    /// The attributes around the fields of a module of this type. Where it declares nothing, names stand for what they do around it.
    pub(crate) const fn enter(self, declared: Option<&'static Declared>) -> Spec {
        self.enter_instance(declared, u32::MAX)
    }

    /// The same. `instance` is not 0, and differs for each module that is given an open argument.
    pub(crate) const fn enter_instance(self, declared: Option<&'static Declared>, instance: u32) -> Spec {
        match declared {
            Some(declared) => Spec { environment: self.environment.enter(declared, self.given, instance), ..self },
            None => self,
        }
    }

    /// The same, for a field that the file has under this name.
    pub(crate) const fn found_as(self, name: Alias) -> Spec {
        Spec { found: name.stem, ..self }
    }
}

/// A place in the schema, with the attributes that apply to it.
#[derive(Clone, Copy)]
pub(super) struct NodeInSpec {
    pub(super) node: &'static Node,
    pub(super) spec: Spec,
}
