//! The text of a cause.

use crate::schema::Text;

/// A cause with its remedy.
pub(crate) type Hint = Text<1024>;
