//! Recurrent layers, whose gates are fused in a file.

use burn_core::module::{Param, ParamId};
use burn_nn::{BiGru, BiLstm, GateController, Gru, GruConfig, Linear, Lstm, LstmConfig};
use burn_tensor::Tensor;
use weighbridge_macros::Module;

use super::weight::{Weight, put};
use crate::error::ParameterError;
use crate::remote::Remote;

/// The four tensors of a recurrent layer of PyTorch, in each of which its gates lie one after the other.
struct Fused {
    input: Weight<2>,
    hidden: Weight<2>,
    biases: Option<(Weight<1>, Weight<1>)>,
}

impl Fused {
    fn of(gates: &[&GateController]) -> Fused {
        fn joined<const D: usize>(parts: Vec<Tensor<D>>) -> Weight<D> {
            Param::initialized(ParamId::new(), Tensor::cat(parts, 0).detach())
        }
        let weight = |layer: &Linear| layer.weight.val().transpose();
        let bias = |layer: &Linear| layer.bias.as_ref().map(Param::val);
        let all = |layer: fn(&GateController) -> &Linear| -> (Weight<2>, Option<Weight<1>>) {
            let layers = || gates.iter().map(|gate| layer(gate));
            (joined(layers().map(weight).collect()), layers().map(bias).collect::<Option<_>>().map(joined))
        };
        let ((input, input_bias), (hidden, hidden_bias)) = (all(input), all(hidden));
        Fused { input, hidden, biases: input_bias.zip(hidden_bias) }
    }

    /// The weight, as burn lays it out, and the bias of each gate: those for the input and those for the hidden state.
    fn apart(self, count: usize) -> Vec<[(Tensor<2>, Option<Tensor<1>>); 2]> {
        let weights = |fused: Weight<2>| fused.val().chunk(count, 0).into_iter().map(Tensor::transpose);
        let (inputs, hiddens) = (weights(self.input), weights(self.hidden));
        let biases = self.biases.map(|(input, hidden)| {
            let [input, hidden] = [input, hidden].map(|fused| fused.val().chunk(count, 0).into_iter());
            input.zip(hidden)
        });
        let mut biases = biases.into_iter().flatten();
        let gates = inputs.zip(hiddens).map(|(input, hidden)| {
            let (input_bias, hidden_bias) = biases.next().unzip();
            [(input, input_bias), (hidden, hidden_bias)]
        });
        gates.collect()
    }
}

fn input(gate: &GateController) -> &Linear {
    &gate.input_transform
}

fn hidden(gate: &GateController) -> &Linear {
    &gate.hidden_transform
}

/// A gate with the opposite weights.
fn negated(gate: &GateController) -> GateController {
    let linear = |layer: &Linear| Linear {
        weight: Param::initialized(ParamId::new(), layer.weight.val().neg()),
        bias: layer.bias.as_ref().map(|bias| Param::initialized(ParamId::new(), bias.val().neg())),
    };
    GateController { input_transform: linear(input(gate)), hidden_transform: linear(hidden(gate)) }
}

/// A gate of new parameters.
fn gate([(input, input_bias), (hidden, hidden_bias)]: [(Tensor<2>, Option<Tensor<1>>); 2]) -> GateController {
    let linear = |weight: Tensor<2>, bias: Option<Tensor<1>>| Linear {
        weight: Param::from_tensor(weight.detach()),
        bias: bias.map(|bias| Param::from_tensor(bias.detach())),
    };
    GateController { input_transform: linear(input, input_bias), hidden_transform: linear(hidden, hidden_bias) }
}

/// The gate with new elements.
fn put_gate(
    old: &GateController,
    [(input, input_bias), (hidden, hidden_bias)]: [(Tensor<2>, Option<Tensor<1>>); 2],
) -> Result<GateController, ParameterError> {
    let linear = |old: &Linear, weight: Tensor<2>, bias: Option<Tensor<1>>| {
        let bias = old.bias.as_ref().zip(bias).map(|(old, bias)| put(old, bias)).transpose()?;
        Ok::<_, ParameterError>(Linear { weight: put(&old.weight, weight)?, bias })
    };
    Ok(GateController {
        input_transform: linear(&old.input_transform, input, input_bias)?,
        hidden_transform: linear(&old.hidden_transform, hidden, hidden_bias)?,
    })
}

/// A recurrent layer whose gates are fused in a file.
macro_rules! recurrent {
    ($layer:ident, $parts:ident, $gates:literal) => {
        #[derive(Module)]
        #[module(crate = crate, remote = $layer, args(in, hidden, bias = true))]
        pub(crate) struct $parts {
            #[param(shape = [$gates * "hidden", "in"])]
            weight_ih_l0: Weight<2>,
            #[param(shape = [$gates * "hidden", "hidden"])]
            weight_hh_l0: Weight<2>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_ih_l0: Option<Weight<1>>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_hh_l0: Option<Weight<1>>,
        }

        impl $parts {
            fn fused(gates: &[&GateController]) -> Self {
                let Fused { input: weight_ih_l0, hidden: weight_hh_l0, biases } = Fused::of(gates);
                let (bias_ih_l0, bias_hh_l0) = biases.unzip();
                $parts { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 }
            }

            fn apart(self) -> Result<[[(Tensor<2>, Option<Tensor<1>>); 2]; $gates], ParameterError> {
                let biases = self.bias_ih_l0.zip(self.bias_hh_l0);
                let fused = Fused { input: self.weight_ih_l0, hidden: self.weight_hh_l0, biases };
                fused.apart($gates).try_into().map_err(|_| ParameterError::new("the gates have no rows"))
            }
        }
    };
}

recurrent!(Lstm, LstmParts, 4);
recurrent!(Gru, GruParts, 3);

impl Remote for LstmParts {
    fn to_parts(lstm: &Lstm) -> Self {
        let Lstm { input_gate, forget_gate, cell_gate, output_gate, .. } = lstm;
        match forget_gate {
            Some(forget_gate) => LstmParts::fused(&[input_gate, forget_gate, cell_gate, output_gate]),
            // a forget gate that is coupled is 1 - sigmoid(x), and so sigmoid(-x)
            None => LstmParts::fused(&[input_gate, &negated(input_gate), cell_gate, output_gate]),
        }
    }

    fn from_parts(self) -> Result<Lstm, ParameterError> {
        let device = self.weight_ih_l0.device();
        let mut lstm = LstmConfig::new(1, 1, self.bias_ih_l0.is_some()).init(&device);
        lstm.d_hidden = self.weight_hh_l0.dims()[1];
        let [input, forget, cell, output] = self.apart()?.map(gate);
        (lstm.input_gate, lstm.forget_gate, lstm.cell_gate, lstm.output_gate) = (input, Some(forget), cell, output);
        Ok(lstm)
    }

    fn replace(self, old: &Lstm) -> Result<Lstm, ParameterError> {
        let Some(forget_gate) = &old.forget_gate else {
            return Err(ParameterError::new(
                "the forget gate is coupled to the input gate, which no layer of PyTorch is; load a new module, whose forget gate is its own",
            ));
        };
        let mut lstm = old.clone();
        let [input, forget, cell, output] = self.apart()?;
        lstm.input_gate = put_gate(&old.input_gate, input)?;
        lstm.forget_gate = Some(put_gate(forget_gate, forget)?);
        lstm.cell_gate = put_gate(&old.cell_gate, cell)?;
        lstm.output_gate = put_gate(&old.output_gate, output)?;
        Ok(lstm)
    }
}

impl Remote for GruParts {
    fn to_parts(gru: &Gru) -> Self {
        GruParts::fused(&[&gru.reset_gate, &gru.update_gate, &gru.new_gate])
    }

    fn from_parts(self) -> Result<Gru, ParameterError> {
        let device = self.weight_ih_l0.device();
        let mut gru = GruConfig::new(1, 1, self.bias_ih_l0.is_some()).init(&device);
        gru.d_hidden = self.weight_hh_l0.dims()[1];
        [gru.reset_gate, gru.update_gate, gru.new_gate] = self.apart()?.map(gate);
        Ok(gru)
    }

    fn replace(self, old: &Gru) -> Result<Gru, ParameterError> {
        let mut gru = old.clone();
        let [reset, update, new] = self.apart()?;
        gru.reset_gate = put_gate(&old.reset_gate, reset)?;
        gru.update_gate = put_gate(&old.update_gate, update)?;
        gru.new_gate = put_gate(&old.new_gate, new)?;
        Ok(gru)
    }
}

/// A recurrent layer in both directions, of which the second has a suffix.
macro_rules! bidirectional {
    ($layer:ident, $parts:ident, $one:ident, $gates:literal) => {
        #[derive(Module)]
        #[module(crate = crate, remote = $layer, args(in, hidden, bias = true))]
        pub(crate) struct $parts {
            #[module(flatten, args(in = "in", hidden = "hidden", bias = "bias"))]
            forward: $one,
            #[param(shape = [$gates * "hidden", "in"])]
            weight_ih_l0_reverse: Weight<2>,
            #[param(shape = [$gates * "hidden", "hidden"])]
            weight_hh_l0_reverse: Weight<2>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_ih_l0_reverse: Option<Weight<1>>,
            #[param(shape = [$gates * "hidden"], when = "bias")]
            bias_hh_l0_reverse: Option<Weight<1>>,
        }

        impl $parts {
            /// The parts of each direction.
            fn directions(self) -> [$one; 2] {
                let reverse = $one {
                    weight_ih_l0: self.weight_ih_l0_reverse,
                    weight_hh_l0: self.weight_hh_l0_reverse,
                    bias_ih_l0: self.bias_ih_l0_reverse,
                    bias_hh_l0: self.bias_hh_l0_reverse,
                };
                [self.forward, reverse]
            }
        }

        impl Remote for $parts {
            fn to_parts(layer: &$layer) -> Self {
                let $one { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = $one::to_parts(&layer.reverse);
                $parts {
                    forward: $one::to_parts(&layer.forward),
                    weight_ih_l0_reverse: weight_ih_l0,
                    weight_hh_l0_reverse: weight_hh_l0,
                    bias_ih_l0_reverse: bias_ih_l0,
                    bias_hh_l0_reverse: bias_hh_l0,
                }
            }

            fn from_parts(self) -> Result<$layer, ParameterError> {
                let [forward, reverse] = self.directions();
                let (forward, reverse) = (forward.from_parts()?, reverse.from_parts()?);
                let d_hidden = forward.d_hidden;
                Ok($layer { forward, reverse, d_hidden, batch_first: true })
            }

            fn replace(self, old: &$layer) -> Result<$layer, ParameterError> {
                let [forward, reverse] = self.directions();
                let mut layer = old.clone();
                layer.forward = forward.replace(&old.forward)?;
                layer.reverse = reverse.replace(&old.reverse)?;
                Ok(layer)
            }
        }
    };
}

bidirectional!(BiLstm, BiLstmParts, LstmParts, 4);
bidirectional!(BiGru, BiGruParts, GruParts, 3);
