//! Follows a remedy as it is written: the attribute or the call is compiled here, compared with the text of the hint, and the
//! same names then fit.

use wb::{AnyTensor, DType, Loader, Module, Report};

use crate::first::squeezed;
use crate::planted::refused_of;

/// Names with their dtypes and shapes.
pub type Names<'n> = &'n [(&'n str, DType, &'n [usize])];

/// Zeros of these names.
pub fn pairs(names: Names<'_>) -> Vec<(String, AnyTensor)> {
    let zeros = |&(name, dtype, shape): &(&str, DType, &[usize])| {
        let count: usize = shape.iter().product();
        let bytes = vec![0; dtype.size_of(count).unwrap()];
        (name.to_owned(), AnyTensor::new(dtype, shape, &bytes).unwrap())
    };
    names.iter().map(zeros).collect()
}

/// Names of `F32` tensors.
macro_rules! names {
    ($($name:literal $shape:expr),* $(,)?) => { &[$(($name, wb::DType::F32, &$shape)),*] };
}

#[track_caller]
pub fn assert_said(report: &Report, remedy: &str) {
    assert!(
        squeezed(&report.to_string()).contains(&squeezed(&format!("`{remedy}`"))),
        "`{remedy}` is not in\n{report}"
    );
}

/// The report names these attributes, and a struct that has them takes the file.
macro_rules! follow_attributes {
    ($report:expr, $names:expr, $followed:ident { $($(#[$($given:tt)*])* $(+ #[$($said:tt)*])? $field:ident: $type:ty,)* }) => {
        #[derive(Module)]
        #[module(crate = wb)]
        #[allow(dead_code)]
        struct $followed { $($(#[$($given)*])* $(#[$($said)*])? $field: $type,)* }
        $($($crate::follow::assert_said(&$report, stringify!(#[$($said)*]));)?)*
        let report = Loader::new().check::<$followed>($crate::follow::pairs($names)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.to_string().lines().count(), 1, "{report}");
    };
}

/// The report names this loader, and it takes the file.
macro_rules! follow_loader {
    ($module:ty, $report:expr, $names:expr, $loader:expr) => {
        $crate::follow::assert_said(&$report, stringify!($loader));
        let report = $loader.check::<$module>($crate::follow::pairs($names)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.to_string().lines().count(), 1, "{report}");
    };
}

/// The report of these names, which must be refused.
pub fn refused<M: Module>(names: Names<'_>) -> Report {
    refused_of::<M>(&Loader::new(), pairs(names))
}

/// The report of a checkpoint names this call of a loader, and the loader that it makes takes the checkpoint.
macro_rules! follow_call {
    ($module:ty, $pairs:expr, $loader:expr) => {
        let pairs = $pairs;
        let report = $crate::planted::refused_of::<$module>(&Loader::new(), pairs.clone());
        $crate::follow::assert_said(&report, stringify!($loader));
        let report = $loader.check::<$module>(pairs).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.to_string().lines().count(), 1, "{report}");
    };
}
