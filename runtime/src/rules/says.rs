//! Sentences that the plan and `verify` both use.

/// Two names of one parameter.
pub(crate) const TWO_NAMES: &str = "they are names of one parameter; leave one of them out with `Loader::ignore`";
/// Parts of one tensor that contradict each other.
pub(crate) const CUT: &str = "cut it along one dim, and let each part begin where the one before it ends";
/// Why parts of one tensor contradict each other.
pub(crate) const CUT_OTHERWISE: &str = "see it as different shapes, or cut it along different dims";
/// The same.
pub(crate) const CUT_TWICE: &str = "take the same part of it";
/// Where a parameter has no tensor and nothing says why.
pub(crate) const UNEXPLAINED: &str =
    "internal error: unmatched parameters without a cause; please report the struct, and the names in the file";
/// What a list must have.
pub(crate) const NO_GAP: &str = "items 0, 1, 2, … without a gap";
/// Which pattern hides the item that is absent.
pub(crate) const HIDDEN_BY: &str = ", which `ignore` hides with `";
/// What to do then.
pub(crate) const HIDDEN_GAP: &str = "narrow the pattern, or ignore the items behind it too";
/// A component that is meant as an index.
pub(crate) const LOOSE_INDEX: &str =
    "indices have no sign, spaces or leading zeros; give it another name with `Loader::rename`";
/// The same, as it is found.
pub(crate) const IS_LOOSE: &str = "not an index as it is written";
/// Tensors of several dtypes that a parameter is made from.
pub(crate) const ONE_DTYPE: &str = "the tensors that become one parameter must have one dtype, and the first of them has the expected one; name one dtype in the field's `dtype`, and allow the cast to it with `Loader::cast`";
/// Two numbers for one name.
pub(crate) const ONE_NUMBER: &str =
    "a named dim must have one value throughout the model; if these may differ, give them two names";
/// A number of the module's own value, which the load does not replace.
pub(crate) const KEPT_NUMBER: &str =
    "the module keeps this parameter, and its value is of another size; make it of this one, or do not keep it";
/// An expression that comes out as another number, or as none.
pub(crate) const CHECK_EXPRESSION: &str = "check the expression, and the numbers of the names in it";
/// A number of a layout, before the expression.
pub(crate) const A_NUMBER_FOR: &str = "a number for `";
/// The same, as it is found: before and behind the names.
pub(crate) const NOTHING_SAYS: [&str; 2] = ["nothing says what ", " is"];
/// What to do then.
pub(crate) const SAY_NAMES: &str = "a layout is computed from its names and solves none; say what they are with `Loader::config_file` or `Loader::dim`";
/// The same of `items`.
pub(crate) const SAY_ITEMS: &str = "which items a field holds is computed from names and solves none; say what they are with `Loader::config_file` or `Loader::dim`";
/// Where the items of a field begin, before the index.
pub(crate) const ITEMS_FROM: &str = "items from ";
/// Where they end, before the index.
pub(crate) const ITEMS_TO: &str = "items up to ";
/// The index where the field before them ends, and what stands before it.
pub(crate) const ITEMS_BEFORE: &str = "the items before them end at ";
/// What to do then.
pub(crate) const IN_ORDER: &str = "fields that share a list stand in order, and each begins where the one before it ends; check `items` of both, and the numbers of the names in it";
/// A least number that is open, behind the expression.
pub(crate) const WHICH_NOTHING_SAYS: &str = ", which nothing says";
/// What to do then.
pub(crate) const SAY_LEAST: &str = "that a dim may be larger does not say what is least; say what the names are with `Loader::config_file` or `Loader::dim`, or write `_`";
/// Two types that give one name different defaults.
pub(crate) const ONE_DEFAULT: &str =
    "a name of the load has one default; write the same in both, or give one of them another name";
/// What stands where a condition is needed.
pub(crate) const A_CONDITION: &str = "true or false";
/// A condition that is neither true nor false.
pub(crate) const CHECK_CONDITION: &str =
    "check the condition in `when`, and what the configuration has for the names in it";
/// What a condition is wherever it stands: before the condition.
pub(crate) const SAME_EVERYWHERE: &str = "the same wherever a part is there by `";
/// Why something must be there: before the condition.
pub(crate) const DEMANDED: &str = "it must be there, as ";
/// An option that a condition demands, in a value that is updated.
pub(crate) const VALUE_LACKS: &str = "nothing in the module that is updated";
/// What to do about it, as an update keeps what is there.
pub(crate) const LOAD_ANEW: &str = "an update changes no structure; load the module anew";
/// What a file has that a condition excludes.
pub(crate) const IS_THERE: &str = "it is there";
/// What a file lacks that a condition demands.
pub(crate) const NOTHING: &str = "nothing";
/// A condition and a file that contradict each other.
pub(crate) const CONFIG_OR_FILE: &str = "the configuration and the checkpoint are of two models, or one of them was changed; load the configuration that lies beside the checkpoint";
/// The same where no configuration decides the condition, but arguments of the module alone.
pub(crate) const ARGUMENTS_OR_FILE: &str =
    "arguments of the module alone decide this; change them in `args(..)`, or load a checkpoint of this model";
/// Of two settings, either may be the wrong one.
pub(crate) const ONE_OF_SEVERAL: &str =
    "the checkpoint shows only what they come to together, so look which one is wrong";
/// A condition that one file answers in two ways.
pub(crate) const ONE_CONDITION: &str =
    "either the checkpoint lacks some of them, or these are two conditions, which need two names";
/// What tied parameters are.
pub(crate) const ONE_TENSOR: &str = "the module holds them as one tensor";
/// Tied tensors that differ.
pub(crate) const UNTIED: &str = "the module holds them as one tensor; if they are two, remove `tied`, and if not, leave one out with `Loader::ignore`";
/// The same, where nobody has decided whether they are tied.
pub(crate) const OPEN_TIE: &str = "the module holds them as one tensor, as nobody says whether `tied_when` holds; if they are two, say so in the configuration";
/// Where an attribute of a field goes that is one of the parts of another crate's type: before the type, and behind it.
pub(crate) const IN_PARTS: [&str; 2] = [
    " in the parts of `",
    "`; if they are not yours, write your own and name them above the field with `#[module(via = ..)]`, as the page `attributes` shows",
];
/// What to do about an item of a list that differs from the others in the file.
pub(crate) const CORRECT_IT: &str =
    ", so an attribute of the field is wrong for one or the other; correct it in the file";
/// The same of several.
pub(crate) const CORRECT_THEM: &str =
    ", so an attribute of the field is wrong for some or the others; correct them in the file";
/// An enum that none of its variants explains.
pub(crate) const NO_VARIANT: &str = "none that fits";
/// Where the module itself is meant, which has no path.
pub(crate) const THE_MODULE: &str = "the module";
/// Where a configuration is meant as a whole.
pub(crate) const THE_CONFIGURATION: &str = "the configuration";
/// Fields of the module are in a configuration, and there is none.
pub(crate) const NO_CONFIGURATION: &str = "the module has fields from a configuration; give it with `Loader::config(&config)` or `Loader::config_file(\"config.json\")`";
/// An argument of a field from the configuration has names that nobody says.
pub(crate) const OPEN_ARGUMENT: &str =
    "nobody says what the names in its argument are; give them in the configuration, or with `Loader::dim`";
/// A type holds several floats, and not the one that the loader is to make.
pub(crate) const NOT_HELD: &str = "the field's type does not hold this dtype; choose another for `Loader::dtype`";
/// Which pattern of a type hides a tensor: what stands before the pattern, between it and the module, and behind that.
pub(crate) const HIDES: [&str; 3] = ["the pattern `", "` in `#[module(ignore = ..)]` on ", " hides it; "];
/// The type of a module, before its path.
pub(crate) const TYPE_OF: &str = "the type of ";
/// What to do about a pattern with stars, and about one without.
pub(crate) const NARROW: [&str; 2] = ["narrow the pattern", "remove the pattern"];
/// What to do about the parameter instead.
pub(crate) const OR_OPTION: &str = ", or declare the parameter as an `Option`";
