// Loads `names.safetensors` strictly: 113 tensors.
// Generated from the names, dtypes and shapes in it, and meant to be edited.

use weighbridge::{Module, Tensor};

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
    pub weight: Tensor<f32>,
}

/// At `long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_`.
#[derive(Clone, Debug, Module)]
pub struct LongLongLongLongLongLongLongLongLongLong {
    #[param(rename = "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_", shape = [2, 2])]
    pub long_long_long_long_long_long_long_long_: Tensor<f32>,
}

/// At `modules`.
#[derive(Clone, Debug, Module)]
pub struct Modules {
    #[module(rename = "self")]
    pub self_2: SelfModules,
    #[module(rename = "00")]
    pub module_00: Linear<4, 2>,
    #[module(rename = "01")]
    pub module_01: Linear<3, 2>,
    #[module(rename = "\u{1b}[31m")]
    pub _31m: N31m,
    #[module(rename = "\"quoted\"")]
    pub quoted: Quoted,
    #[module(rename = "#[x]")]
    pub x: Linear<4, 2>,
    #[module(rename = "*/")]
    pub field: Linear<3, 2>,
    #[module(rename = "+1")]
    pub _1: N1,
    #[module(rename = "-1")]
    pub _1_2: Linear<3, 2>,
    #[module(rename = "//")]
    pub field_2: Part,
    #[module(rename = "1_0")]
    pub _1_0: Linear<4, 2>,
    #[module(rename = "3D")]
    pub _3d: N3d,
    #[module(rename = "3d")]
    pub _3d_2: Linear<4, 2>,
    #[module(rename = "AB")]
    pub ab: Ab,
    #[module(rename = "Ab")]
    pub ab_2: Linear<3, 2>,
    #[module(rename = "Self")]
    pub self_3: Linear<3, 2>,
    #[module(rename = "_")]
    pub field_3: Linear<4, 2>,
    pub __a: Linear<4, 2>,
    #[module(rename = "`tick`")]
    pub tick: Linear<4, 2>,
    #[module(rename = "a b")]
    pub a_b_2: Linear<3, 2>,
    #[module(rename = "a-b")]
    pub a_b_3: ABWithOwn12,
    #[module(rename = "a__b")]
    pub a_b_4: ABWithOwn42,
    pub a_b: Linear<4, 2>,
    pub r#async: Linear<4, 2>,
    pub b_: Linear<4, 2>,
    #[module(rename = "back\\slash")]
    pub back_slash: Linear<3, 2>,
    #[module(rename = "crate")]
    pub crate_: Linear<3, 2>,
    pub r#gen: Linear<3, 2>,
    #[module(rename = "größe")]
    pub gr_e: GrE,
    #[module(rename = "layerNorm")]
    pub layer_norm_2: Linear<3, 2>,
    pub r#match: Match,
    #[module(rename = "r#type")]
    pub r_type: Linear<3, 2>,
    pub self_: Linear<4, 2>,
    #[module(rename = "super")]
    pub super_: Super,
    #[module(rename = "tab\u{9}here")]
    pub tab_here: Linear<3, 2>,
    pub r#try: Try,
    pub r#type: Linear<4, 2>,
    pub union: Linear<3, 2>,
    #[module(rename = "{0}")]
    pub _0: N0,
    #[module(rename = "\u{202e}rtl")]
    pub rtl: Linear<4, 2>,
    #[module(rename = "層")]
    pub field_4: Linear<4, 2>,
    #[module(rename = "日本")]
    pub field_5: Linear<3, 2>,
    pub layer_norm: LayerNorm,
    #[module(rename = "LayerNorm")]
    pub layer_norm_3: Linear<4, 2>,
}

/// At `modules.self`.
#[derive(Clone, Debug, Module)]
pub struct SelfModules {
    #[param(shape = [2])]
    pub own0: Tensor<f32>,
}

/// At `modules.\u{1b}[31m`.
#[derive(Clone, Debug, Module)]
pub struct N31m {
    #[param(shape = [2])]
    pub own36: Tensor<f32>,
}

/// At `modules."quoted"`.
#[derive(Clone, Debug, Module)]
pub struct Quoted {
    #[param(shape = [2])]
    pub own27: Tensor<f32>,
}

/// At `modules.+1`.
#[derive(Clone, Debug, Module)]
pub struct N1 {
    #[param(shape = [2])]
    pub own21: Tensor<f32>,
}

/// At `modules.//`.
#[derive(Clone, Debug, Module)]
pub struct Part {
    #[param(shape = [2])]
    pub own33: Tensor<f32>,
}

/// At `modules.3D`.
#[derive(Clone, Debug, Module)]
pub struct N3d {
    #[param(shape = [2])]
    pub own18: Tensor<f32>,
}

/// At `modules.AB`.
#[derive(Clone, Debug, Module)]
pub struct Ab {
    #[param(shape = [2])]
    pub own15: Tensor<f32>,
}

/// At `modules.a-b`.
#[derive(Clone, Debug, Module)]
pub struct ABWithOwn12 {
    #[param(shape = [2])]
    pub own12: Tensor<f32>,
}

/// At `modules.a__b`.
#[derive(Clone, Debug, Module)]
pub struct ABWithOwn42 {
    #[param(shape = [2])]
    pub own42: Tensor<f32>,
}

/// At `modules.größe`.
#[derive(Clone, Debug, Module)]
pub struct GrE {
    #[param(shape = [2])]
    pub own24: Tensor<f32>,
}

/// At `modules.match`.
#[derive(Clone, Debug, Module)]
pub struct Match {
    #[param(shape = [2])]
    pub own6: Tensor<f32>,
}

/// At `modules.super`.
#[derive(Clone, Debug, Module)]
pub struct Super {
    #[param(shape = [2])]
    pub own3: Tensor<f32>,
}

/// At `modules.try`.
#[derive(Clone, Debug, Module)]
pub struct Try {
    #[param(shape = [2])]
    pub own9: Tensor<f32>,
}

/// At `modules.{0}`.
#[derive(Clone, Debug, Module)]
pub struct N0 {
    #[param(shape = [2])]
    pub own30: Tensor<f32>,
}

/// At `modules.layer_norm`.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    #[param(shape = [2])]
    pub own39: Tensor<f32>,
}

/// At `params`.
#[derive(Clone, Debug, Module)]
pub struct Params {
    #[param(rename = "self", shape = [1])]
    pub self_2: Tensor<f32>,
    #[param(rename = "00", shape = [20])]
    pub param_00: Tensor<f32>,
    #[param(rename = "01", shape = [21])]
    pub param_01: Tensor<f32>,
    #[param(rename = "\u{1b}[31m", shape = [37])]
    pub _31m: Tensor<f32>,
    #[param(rename = "\"quoted\"", shape = [28])]
    pub quoted: Tensor<f32>,
    #[param(rename = "#[x]", shape = [32])]
    pub x: Tensor<f32>,
    #[param(rename = "*/", shape = [33])]
    pub field: Tensor<f32>,
    #[param(rename = "+1", shape = [22])]
    pub _1: Tensor<f32>,
    #[param(rename = "-1", shape = [23])]
    pub _1_2: Tensor<f32>,
    #[param(rename = "//", shape = [34])]
    pub field_2: Tensor<f32>,
    #[param(rename = "1_0", shape = [24])]
    pub _1_0: Tensor<f32>,
    #[param(rename = "3D", shape = [19])]
    pub _3d: Tensor<f32>,
    #[param(rename = "3d", shape = [18])]
    pub _3d_2: Tensor<f32>,
    #[param(rename = "AB", shape = [16])]
    pub ab: Tensor<f32>,
    #[param(rename = "Ab", shape = [17])]
    pub ab_2: Tensor<f32>,
    #[param(rename = "Self", shape = [3])]
    pub self_3: Tensor<f32>,
    #[param(rename = "_", shape = [12])]
    pub field_3: Tensor<f32>,
    #[param(shape = [42])]
    pub __a: Tensor<f32>,
    #[param(rename = "`tick`", shape = [30])]
    pub tick: Tensor<f32>,
    #[param(rename = "a b", shape = [15])]
    pub a_b_2: Tensor<f32>,
    #[param(rename = "a-b", shape = [13])]
    pub a_b_3: Tensor<f32>,
    #[param(rename = "a__b", shape = [43])]
    pub a_b_4: Tensor<f32>,
    #[param(shape = [14])]
    pub a_b: Tensor<f32>,
    #[param(shape = [8])]
    pub r#async: Tensor<f32>,
    #[param(shape = [44])]
    pub b_: Tensor<f32>,
    #[param(rename = "back\\slash", shape = [29])]
    pub back_slash: Tensor<f32>,
    #[param(rename = "crate", shape = [5])]
    pub crate_: Tensor<f32>,
    #[param(shape = [9])]
    pub r#gen: Tensor<f32>,
    #[param(rename = "größe", shape = [25])]
    pub gr_e: Tensor<f32>,
    #[param(rename = "layerNorm", shape = [39])]
    pub layer_norm_2: Tensor<f32>,
    #[param(shape = [7])]
    pub r#match: Tensor<f32>,
    #[param(rename = "r#type", shape = [41])]
    pub r_type: Tensor<f32>,
    #[param(shape = [2])]
    pub self_: Tensor<f32>,
    #[param(rename = "super", shape = [4])]
    pub super_: Tensor<f32>,
    #[param(rename = "tab\u{9}here", shape = [35])]
    pub tab_here: Tensor<f32>,
    #[param(shape = [10])]
    pub r#try: Tensor<f32>,
    #[param(shape = [6])]
    pub r#type: Tensor<f32>,
    #[param(shape = [11])]
    pub union: Tensor<f32>,
    #[param(rename = "{0}", shape = [31])]
    pub _0: Tensor<f32>,
    #[param(rename = "\u{202e}rtl", shape = [36])]
    pub rtl: Tensor<f32>,
    #[param(rename = "層", shape = [26])]
    pub field_4: Tensor<f32>,
    #[param(rename = "日本", shape = [27])]
    pub field_5: Tensor<f32>,
    #[param(shape = [40])]
    pub layer_norm: Tensor<f32>,
    #[param(rename = "LayerNorm", shape = [38])]
    pub layer_norm_3: Tensor<f32>,
}

/// At `types`.
#[derive(Clone, Debug, Module)]
pub struct Types {
    pub any_tensor: AnyTensor2,
    pub r#box: Box2,
    pub debug: Debug2,
    pub hidden: Hidden,
    pub module: Module2,
    pub names: TypesNames,
    pub option: Option2,
    pub some: Some2,
    pub string: String2,
    pub tensor: Tensor2,
    pub vec: Vec2,
}

/// At `types.any_tensor`.
#[derive(Clone, Debug, Module)]
pub struct AnyTensor2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub any_tensor: Tensor<f32>,
}

/// At `types.box`.
#[derive(Clone, Debug, Module)]
pub struct Box2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub r#box: Tensor<f32>,
}

/// At `types.debug`.
#[derive(Clone, Debug, Module)]
pub struct Debug2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub debug: Tensor<f32>,
}

/// At `types.hidden`.
#[derive(Clone, Debug, Module)]
pub struct Hidden {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub hidden: Tensor<f32>,
}

/// At `types.module`.
#[derive(Clone, Debug, Module)]
pub struct Module2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub module: Tensor<f32>,
}

/// At `types.names`.
#[derive(Clone, Debug, Module)]
pub struct TypesNames {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub names: Tensor<f32>,
}

/// At `types.option`.
#[derive(Clone, Debug, Module)]
pub struct Option2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub option: Tensor<f32>,
}

/// At `types.some`.
#[derive(Clone, Debug, Module)]
pub struct Some2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub some: Tensor<f32>,
}

/// At `types.string`.
#[derive(Clone, Debug, Module)]
pub struct String2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub string: Tensor<f32>,
}

/// At `types.tensor`.
#[derive(Clone, Debug, Module)]
pub struct Tensor2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub tensor: Tensor<f32>,
}

/// At `types.vec`.
#[derive(Clone, Debug, Module)]
pub struct Vec2 {
    #[param(shape = [2])]
    pub a: Tensor<f32>,
    #[param(shape = [3])]
    pub vec: Tensor<f32>,
}

/// A linear layer without a bias; its weight is `[out, in]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
}
