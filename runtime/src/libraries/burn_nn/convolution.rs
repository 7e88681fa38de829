//! Convolutions.

use burn_nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn_nn::{PaddingConfig1d, PaddingConfig2d};
use weighbridge_macros::Module;

use super::weight::{Weight, bare, put, put_option};
use crate::error::ParameterError;
use crate::remote::Remote;

/// A convolution: its parts, and how it is made of them.
macro_rules! convolution {
    (
        $layer:ident, $parts:ident, $rank:literal, [$($shape:tt)*] $(, $argument:ident = $default:tt)*;
        |$all:ident| $join:expr
    ) => {
        #[derive(Module)]
        #[module(
            crate = crate,
            remote = $layer,
            args(in, out, kernel, stride = 1, padding = 0, dilation = 1, $($argument = $default,)* groups = 1, bias = true)
        )]
        pub(crate) struct $parts {
            #[param(shape = [$($shape)*])]
            weight: Weight<$rank>,
            #[param(shape = ["out"], when = "bias")]
            bias: Option<Weight<1>>,
            #[module(config)]
            kernel: usize,
            #[module(config)]
            stride: usize,
            #[module(config)]
            padding: usize,
            #[module(config)]
            dilation: usize,
            $(#[module(config)]
            $argument: usize,)*
            #[module(config)]
            groups: usize,
        }

        impl Remote for $parts {
            fn to_parts(layer: &$layer) -> Self {
                let (weight, bias) = (bare(&layer.weight), layer.bias.as_ref().map(bare));
                // these come from the old value again
                $parts { weight, bias, kernel: 0, stride: 0, padding: 0, dilation: 0, $($argument: 0,)* groups: 0 }
            }

            fn from_parts(self) -> Result<$layer, ParameterError> {
                let $all = self;
                Ok($join)
            }

            fn replace(self, old: &$layer) -> Result<$layer, ParameterError> {
                let mut layer = old.clone();
                layer.weight = put(&old.weight, self.weight.val())?;
                layer.bias = put_option(&old.bias, self.bias)?;
                Ok(layer)
            }
        }
    };
}

convolution!(Conv1d, Conv1dParts, 3, ["out", "in" / "groups", "kernel"]; |parts| Conv1d {
    weight: parts.weight,
    bias: parts.bias,
    stride: parts.stride,
    kernel_size: parts.kernel,
    dilation: parts.dilation,
    groups: parts.groups,
    padding: PaddingConfig1d::Explicit(parts.padding, parts.padding),
});
convolution!(
    Conv2d,
    Conv2dParts,
    4,
    ["out", "in" / "groups", "kernel", "kernel_width"],
    kernel_width = "kernel",
    stride_width = "stride",
    padding_width = "padding",
    dilation_width = "dilation";
    |parts| Conv2d {
        weight: parts.weight,
        bias: parts.bias,
        stride: [parts.stride, parts.stride_width],
        kernel_size: [parts.kernel, parts.kernel_width],
        dilation: [parts.dilation, parts.dilation_width],
        groups: parts.groups,
        padding: PaddingConfig2d::Explicit(parts.padding, parts.padding_width, parts.padding, parts.padding_width),
    }
);
convolution!(
    ConvTranspose1d, ConvTranspose1dParts, 3, ["in", "out" / "groups", "kernel"], output_padding = 0;
    |parts| {
        let [channels, out, _] = parts.weight.dims();
        ConvTranspose1d {
            channels: [channels, out * parts.groups],
            weight: parts.weight,
            bias: parts.bias,
            stride: parts.stride,
            kernel_size: parts.kernel,
            dilation: parts.dilation,
            groups: parts.groups,
            padding: parts.padding,
            padding_out: parts.output_padding,
        }
    }
);
convolution!(
    ConvTranspose2d,
    ConvTranspose2dParts,
    4,
    ["in", "out" / "groups", "kernel", "kernel_width"],
    output_padding = 0,
    kernel_width = "kernel",
    stride_width = "stride",
    padding_width = "padding",
    dilation_width = "dilation",
    output_padding_width = "output_padding";
    |parts| {
        let [channels, out, _, _] = parts.weight.dims();
        ConvTranspose2d {
            channels: [channels, out * parts.groups],
            weight: parts.weight,
            bias: parts.bias,
            stride: [parts.stride, parts.stride_width],
            kernel_size: [parts.kernel, parts.kernel_width],
            dilation: [parts.dilation, parts.dilation_width],
            groups: parts.groups,
            padding: [parts.padding, parts.padding_width],
            padding_out: [parts.output_padding, parts.output_padding_width],
        }
    }
);
