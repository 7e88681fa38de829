//! A real model on one screen: GPT-2 declared, loaded from what transformers saved, and run.
//!
//! `cargo run -p weighbridge-zoo --example gpt2`

use candle_core::{Device, Error, IndexOp, Result, Tensor, safetensors};
use candle_nn::ops::{layer_norm, softmax_last_dim};
use weighbridge::Module;

const WIDTH: usize = 32;
const HEADS: usize = 4;

#[derive(Module)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN], dtype = "F32", from = transpose)] // GPT-2 keeps [in, out]
    weight: Tensor,
    #[param(shape = [OUT], dtype = "F32")]
    bias: Tensor,
}

#[derive(Module)]
struct Norm(
    #[param(shape = [WIDTH], dtype = "F32", rename = "weight")] Tensor,
    #[param(shape = [WIDTH], dtype = "F32", rename = "bias")] Tensor,
);

#[derive(Module)]
struct Block {
    ln_1: Norm,
    #[module(rename = "attn.c_attn")]
    qkv: Linear<WIDTH, { 3 * WIDTH }>,
    #[module(rename = "attn.c_proj")]
    out: Linear<WIDTH, WIDTH>,
    ln_2: Norm,
    #[module(rename = "mlp.c_fc")]
    up: Linear<WIDTH, { 4 * WIDTH }>,
    #[module(rename = "mlp.c_proj")]
    down: Linear<{ 4 * WIDTH }, WIDTH>,
}

#[derive(Module)]
struct Gpt2 {
    #[param(shape = ["vocab", WIDTH], dtype = "F32", rename = "transformer.wte.weight")]
    tokens: Tensor,
    #[param(shape = ["positions", WIDTH], dtype = "F32", rename = "transformer.wpe.weight")]
    positions: Tensor,
    #[module(rename = "transformer.h")]
    blocks: Vec<Block>,
    #[module(rename = "transformer.ln_f")]
    norm: Norm,
    #[param(shape = ["vocab", WIDTH], dtype = "F32", rename = "lm_head.weight", tied = "transformer.wte.weight")]
    head: Tensor,
}

impl<const IN: usize, const OUT: usize> Linear<IN, OUT> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

impl Gpt2 {
    fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let (batch, len) = ids.dims2()?;
        let norm = |norm: &Norm, x: &Tensor| layer_norm(x, &norm.0, &norm.1, 1e-5);
        let future = (0..len * len).map(|i| if i % len > i / len { f32::NEG_INFINITY } else { 0.0 });
        let future = Tensor::from_iter(future, ids.device())?.reshape((len, len))?;
        let tokens = self.tokens.index_select(&ids.flatten_all()?, 0)?.reshape((batch, len, WIDTH))?;
        let mut x = tokens.broadcast_add(&self.positions.i(..len)?)?;
        for block in &self.blocks {
            let qkv = block.qkv.forward(&norm(&block.ln_1, &x)?)?.reshape((batch, len, 3, HEADS, WIDTH / HEADS))?;
            let part = |i| qkv.i((.., .., i))?.transpose(1, 2)?.contiguous();
            let scores =
                (part(0)?.matmul(&part(1)?.t()?)? / ((WIDTH / HEADS) as f64).sqrt())?.broadcast_add(&future)?;
            let heads = softmax_last_dim(&scores)?.matmul(&part(2)?)?.transpose(1, 2)?.reshape((batch, len, WIDTH))?;
            x = (x + block.out.forward(&heads)?)?;
            x = (&x + block.down.forward(&block.up.forward(&norm(&block.ln_2, &x)?)?.gelu()?)?)?;
        }
        norm(&self.norm, &x)?.broadcast_matmul(&self.head.t()?)
    }
}

fn main() -> Result<()> {
    let model = Gpt2::from_weights("fixtures/gpt2").map_err(Error::wrap)?; // all of it is right, or it is an error
    let expected = safetensors::load("fixtures/logits/gpt2.safetensors", &Device::Cpu)?;
    let logits = model.forward(&expected["input_ids"])?;
    let off = (&logits - &expected["logits"])?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()?;
    println!("{:?}, at most {off:.1e} from what transformers computes", logits.dims());
    Ok(())
}
