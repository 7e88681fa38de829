// Loads `names.safetensors` strictly: 113 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

/// The dtype of the floats.
pub type Float = f32;

/// The whole checkpoint.
#[derive(Clone, Debug, Module)]
pub struct Names {
    #[module(
        rename = "a_name_that_is_far_longer_than_anybody_would_ever_write_by_hand_in_a_program_of_theirs"
    )]
    pub a_name_that_is_far_longer_than_anybody_w: ANameThatIsFarLongerThanAnybodyWouldEver,
    #[module(
        rename = "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_"
    )]
    pub long_long_long_long_long_long_long_long_: LongLongLongLongLongLongLongLongLongLong,
    pub modules: Modules,
    pub params: Params,
    #[param(rename = "scalar type")]
    pub scalar_type: i64,
    pub types: Types,
}

/// At `a_name_that_is_far_longer_than_anybody_would_ever_write_by_hand_in_a_program_of_theirs`.
#[derive(Clone, Debug, Module)]
pub struct ANameThatIsFarLongerThanAnybodyWouldEver {
    #[param(shape = [2])]
    pub weight: Tensor<Float>,
}

/// At `long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_`.
#[derive(Clone, Debug, Module)]
pub struct LongLongLongLongLongLongLongLongLongLong {
    #[param(rename = "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_", shape = [2, 2])]
    pub long_long_long_long_long_long_long_long_: Tensor<Float>,
}

/// At `modules`.
#[derive(Clone, Debug, Module)]
pub struct Modules {
    #[module(rename = "self")]
    pub self_2: SelfModules,
    #[module(rename = "00")]
    pub module_00: Weight<4>,
    #[module(rename = "01")]
    pub module_01: Weight<3>,
    #[module(rename = "\u{1b}[31m")]
    pub _31m: N31m,
    #[module(rename = "\"quoted\"")]
    pub quoted: Quoted,
    #[module(rename = "#[x]")]
    pub x: Weight<4>,
    #[module(rename = "*/")]
    pub field: Weight<3>,
    #[module(rename = "+1")]
    pub _1: N1,
    #[module(rename = "-1")]
    pub _1_2: Weight<3>,
    #[module(rename = "//")]
    pub field_2: Part,
    #[module(rename = "1_0")]
    pub _1_0: Weight<4>,
    #[module(rename = "3D")]
    pub _3d: N3d,
    #[module(rename = "3d")]
    pub _3d_2: Weight<4>,
    #[module(rename = "AB")]
    pub ab: Ab,
    #[module(rename = "Ab")]
    pub ab_2: Weight<3>,
    #[module(rename = "Self")]
    pub self_3: Weight<3>,
    #[module(rename = "_")]
    pub field_3: Weight<4>,
    pub __a: Weight<4>,
    #[module(rename = "\u{60}tick\u{60}")]
    pub tick: Weight<4>,
    #[module(rename = "a b")]
    pub a_b_2: Weight<3>,
    #[module(rename = "a-b")]
    pub a_b_3: ABWithOwn12,
    #[module(rename = "a__b")]
    pub a_b_4: ABWithOwn42,
    pub a_b: Weight<4>,
    pub r#async: Weight<4>,
    pub b_: Weight<4>,
    #[module(rename = "back\\slash")]
    pub back_slash: Weight<3>,
    #[module(rename = "crate")]
    pub crate_: Weight<3>,
    pub r#gen: Weight<3>,
    #[module(rename = "größe")]
    pub gr_e: GrE,
    #[module(rename = "layerNorm")]
    pub layer_norm_2: Weight<3>,
    pub r#match: Match,
    #[module(rename = "r#type")]
    pub r_type: Weight<3>,
    pub self_: Weight<4>,
    #[module(rename = "super")]
    pub super_: Super,
    #[module(rename = "tab\u{9}here")]
    pub tab_here: Weight<3>,
    pub r#try: Try,
    pub r#type: Weight<4>,
    pub union: Weight<3>,
    #[module(rename = "{{0}}")]
    pub _0: N0,
    #[module(rename = "\u{202e}rtl")]
    pub rtl: Weight<4>,
    #[module(rename = "層")]
    pub field_4: Weight<4>,
    #[module(rename = "日本")]
    pub field_5: Weight<3>,
    pub layer_norm: LayerNorm,
    #[module(rename = "LayerNorm")]
    pub layer_norm_3: Weight<4>,
}

/// At `modules.self`.
#[derive(Clone, Debug, Module)]
pub struct SelfModules {
    #[param(shape = [2])]
    pub own0: Tensor<Float>,
}

/// At `modules.00`, `modules.01`, `modules.#[x]`, and 26 more.
#[derive(Clone, Debug, Module)]
pub struct Weight<const DIM: usize> {
    #[param(shape = [2, DIM])]
    pub weight: Tensor<Float>,
}

/// At `modules.\u{1b}[31m`.
#[derive(Clone, Debug, Module)]
pub struct N31m {
    #[param(shape = [2])]
    pub own36: Tensor<Float>,
}

/// At `modules."quoted"`.
#[derive(Clone, Debug, Module)]
pub struct Quoted {
    #[param(shape = [2])]
    pub own27: Tensor<Float>,
}

/// At `modules.+1`.
#[derive(Clone, Debug, Module)]
pub struct N1 {
    #[param(shape = [2])]
    pub own21: Tensor<Float>,
}

/// At `modules.//`.
#[derive(Clone, Debug, Module)]
pub struct Part {
    #[param(shape = [2])]
    pub own33: Tensor<Float>,
}

/// At `modules.3D`.
#[derive(Clone, Debug, Module)]
pub struct N3d {
    #[param(shape = [2])]
    pub own18: Tensor<Float>,
}

/// At `modules.AB`.
#[derive(Clone, Debug, Module)]
pub struct Ab {
    #[param(shape = [2])]
    pub own15: Tensor<Float>,
}

/// At `modules.a-b`.
#[derive(Clone, Debug, Module)]
pub struct ABWithOwn12 {
    #[param(shape = [2])]
    pub own12: Tensor<Float>,
}

/// At `modules.a__b`.
#[derive(Clone, Debug, Module)]
pub struct ABWithOwn42 {
    #[param(shape = [2])]
    pub own42: Tensor<Float>,
}

/// At `modules.größe`.
#[derive(Clone, Debug, Module)]
pub struct GrE {
    #[param(shape = [2])]
    pub own24: Tensor<Float>,
}

/// At `modules.match`.
#[derive(Clone, Debug, Module)]
pub struct Match {
    #[param(shape = [2])]
    pub own6: Tensor<Float>,
}

/// At `modules.super`.
#[derive(Clone, Debug, Module)]
pub struct Super {
    #[param(shape = [2])]
    pub own3: Tensor<Float>,
}

/// At `modules.try`.
#[derive(Clone, Debug, Module)]
pub struct Try {
    #[param(shape = [2])]
    pub own9: Tensor<Float>,
}

/// At `modules.{0}`.
#[derive(Clone, Debug, Module)]
pub struct N0 {
    #[param(shape = [2])]
    pub own30: Tensor<Float>,
}

/// At `modules.layer_norm`.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [2])]
    pub own39: Tensor<Float>,
}

/// At `params`.
#[derive(Clone, Debug, Module)]
pub struct Params {
    #[param(rename = "self", shape = [1])]
    pub self_2: Tensor<Float>,
    #[param(rename = "00", shape = [20])]
    pub param_00: Tensor<Float>,
    #[param(rename = "01", shape = [21])]
    pub param_01: Tensor<Float>,
    #[param(rename = "\u{1b}[31m", shape = [37])]
    pub _31m: Tensor<Float>,
    #[param(rename = "\"quoted\"", shape = [28])]
    pub quoted: Tensor<Float>,
    #[param(rename = "#[x]", shape = [32])]
    pub x: Tensor<Float>,
    #[param(rename = "*/", shape = [33])]
    pub field: Tensor<Float>,
    #[param(rename = "+1", shape = [22])]
    pub _1: Tensor<Float>,
    #[param(rename = "-1", shape = [23])]
    pub _1_2: Tensor<Float>,
    #[param(rename = "//", shape = [34])]
    pub field_2: Tensor<Float>,
    #[param(rename = "1_0", shape = [24])]
    pub _1_0: Tensor<Float>,
    #[param(rename = "3D", shape = [19])]
    pub _3d: Tensor<Float>,
    #[param(rename = "3d", shape = [18])]
    pub _3d_2: Tensor<Float>,
    #[param(rename = "AB", shape = [16])]
    pub ab: Tensor<Float>,
    #[param(rename = "Ab", shape = [17])]
    pub ab_2: Tensor<Float>,
    #[param(rename = "Self", shape = [3])]
    pub self_3: Tensor<Float>,
    #[param(rename = "_", shape = [12])]
    pub field_3: Tensor<Float>,
    #[param(shape = [42])]
    pub __a: Tensor<Float>,
    #[param(rename = "\u{60}tick\u{60}", shape = [30])]
    pub tick: Tensor<Float>,
    #[param(rename = "a b", shape = [15])]
    pub a_b_2: Tensor<Float>,
    #[param(rename = "a-b", shape = [13])]
    pub a_b_3: Tensor<Float>,
    #[param(rename = "a__b", shape = [43])]
    pub a_b_4: Tensor<Float>,
    #[param(shape = [14])]
    pub a_b: Tensor<Float>,
    #[param(shape = [8])]
    pub r#async: Tensor<Float>,
    #[param(shape = [44])]
    pub b_: Tensor<Float>,
    #[param(rename = "back\\slash", shape = [29])]
    pub back_slash: Tensor<Float>,
    #[param(rename = "crate", shape = [5])]
    pub crate_: Tensor<Float>,
    #[param(shape = [9])]
    pub r#gen: Tensor<Float>,
    #[param(rename = "größe", shape = [25])]
    pub gr_e: Tensor<Float>,
    #[param(rename = "layerNorm", shape = [39])]
    pub layer_norm_2: Tensor<Float>,
    #[param(shape = [7])]
    pub r#match: Tensor<Float>,
    #[param(rename = "r#type", shape = [41])]
    pub r_type: Tensor<Float>,
    #[param(shape = [2])]
    pub self_: Tensor<Float>,
    #[param(rename = "super", shape = [4])]
    pub super_: Tensor<Float>,
    #[param(rename = "tab\u{9}here", shape = [35])]
    pub tab_here: Tensor<Float>,
    #[param(shape = [10])]
    pub r#try: Tensor<Float>,
    #[param(shape = [6])]
    pub r#type: Tensor<Float>,
    #[param(shape = [11])]
    pub union: Tensor<Float>,
    #[param(rename = "{{0}}", shape = [31])]
    pub _0: Tensor<Float>,
    #[param(rename = "\u{202e}rtl", shape = [36])]
    pub rtl: Tensor<Float>,
    #[param(rename = "層", shape = [26])]
    pub field_4: Tensor<Float>,
    #[param(rename = "日本", shape = [27])]
    pub field_5: Tensor<Float>,
    #[param(shape = [40])]
    pub layer_norm: Tensor<Float>,
    #[param(rename = "LayerNorm", shape = [38])]
    pub layer_norm_3: Tensor<Float>,
}

/// At `types`.
#[derive(Clone, Debug, Module)]
pub struct Types {
    pub any_tensor: TypesAnyTensor,
    pub r#box: TypesBox,
    pub debug: TypesDebug,
    pub hidden: Hidden,
    pub module: TypesModule,
    pub names: TypesNames,
    pub option: TypesOption,
    pub some: TypesSome,
    pub string: TypesString,
    pub tensor: TypesTensor,
    pub vec: TypesVec,
}

/// At `types.any_tensor`.
#[derive(Clone, Debug, Module)]
pub struct TypesAnyTensor {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub any_tensor: Tensor<Float>,
}

/// At `types.box`.
#[derive(Clone, Debug, Module)]
pub struct TypesBox {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub r#box: Tensor<Float>,
}

/// At `types.debug`.
#[derive(Clone, Debug, Module)]
pub struct TypesDebug {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub debug: Tensor<Float>,
}

/// At `types.hidden`.
#[derive(Clone, Debug, Module)]
pub struct Hidden {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub hidden: Tensor<Float>,
}

/// At `types.module`.
#[derive(Clone, Debug, Module)]
pub struct TypesModule {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub module: Tensor<Float>,
}

/// At `types.names`.
#[derive(Clone, Debug, Module)]
pub struct TypesNames {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub names: Tensor<Float>,
}

/// At `types.option`.
#[derive(Clone, Debug, Module)]
pub struct TypesOption {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub option: Tensor<Float>,
}

/// At `types.some`.
#[derive(Clone, Debug, Module)]
pub struct TypesSome {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub some: Tensor<Float>,
}

/// At `types.string`.
#[derive(Clone, Debug, Module)]
pub struct TypesString {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub string: Tensor<Float>,
}

/// At `types.tensor`.
#[derive(Clone, Debug, Module)]
pub struct TypesTensor {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub tensor: Tensor<Float>,
}

/// At `types.vec`.
#[derive(Clone, Debug, Module)]
pub struct TypesVec {
    #[param(shape = [2])]
    pub a: Tensor<Float>,
    #[param(shape = [3])]
    pub vec: Tensor<Float>,
}
