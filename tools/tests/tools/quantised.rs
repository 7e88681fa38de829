//! Generated structs of published quantised layouts: the shapes are computed from the sizes of the layer.

use crate::generate::{Given, cases, round_trip, text};
use crate::made;

cases! {
    gptq: Gptq = made::gptq();
    quantised_gptq: Gptq = "quantised/gptq-3bit.safetensors";
    quantised_awq: Awq = "quantised/awq.safetensors";
    quantised_bnb_nf4: Nf4 = "quantised/bnb-nf4.safetensors";
    quantised_bnb_int8: Int8 = "quantised/bnb-int8.safetensors";
    quantised_fp8: Fp8 = "quantised/fp8-blocks.safetensors";
    quantised_ct_int4: Packed = "quantised/ct-int4-asymmetric.safetensors";
    quantised_ct_int8: Scaled = "quantised/ct-int8.safetensors";
    quantised_ct_nvfp4: Nvfp4 = "quantised/ct-nvfp4.safetensors";
    quantised_ct_mxfp4: Mxfp4 = "quantised/ct-mxfp4.safetensors";
    quantised_modelopt: ModelOpt = "quantised/modelopt-nvfp4.safetensors";
    quantised_torchao: Torchao = "quantised/torchao-intx.safetensors";
    quantised_gpt_oss: GptOss = "quantised/gpt-oss-mxfp4.safetensors";
    // more bits in smaller groups have the same shapes
    quantised_open: Open = "quantised/ct-int4.safetensors";
}
