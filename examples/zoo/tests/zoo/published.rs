//! The types at the sizes of models that everybody knows: as many numbers as their publishers say.

use weighbridge::{DType, Module};
use weighbridge_zoo::resnet::{Basic, Bottleneck, BottleneckDown, Down, ResNet, Stage};

/// The numbers of all parameters but the counters and statistics of training.
fn numbers<M: Module>() -> usize {
    let trained = |path: &str| !path.ends_with("num_batches_tracked") && !path.contains(".running_");
    let parameters = M::SCHEMA.parameters().filter(|parameter| trained(parameter.path()));
    parameters.map(|parameter| parameter.element_count().unwrap()).sum()
}

type ResNet18 = ResNet<
    (
        Stage<(Basic<64, 64>, Basic<64, 64>)>,
        Stage<(Down<64, 128>, Basic<128, 128>)>,
        Stage<(Down<128, 256>, Basic<256, 256>)>,
        Stage<(Down<256, 512>, Basic<512, 512>)>,
    ),
    64,
    512,
    1000,
>;

// the size is known while compiling: the trained numbers, mean and variance of 4800 channels, and 20 counters
const _: () = assert!(ResNet18::SCHEMA.byte_len().unwrap() == 4 * (11_689_512 + 2 * 4800) + 8 * 20);

/// A layer behind the first one of a stage.
type Deep<const NARROW: usize, const OUT: usize> = Bottleneck<OUT, NARROW, OUT>;

type ResNet50 = ResNet<
    (
        Stage<(BottleneckDown<64, 64, 256>, Deep<64, 256>, Deep<64, 256>)>,
        Stage<(BottleneckDown<256, 128, 512>, Deep<128, 512>, Deep<128, 512>, Deep<128, 512>)>,
        Stage<(
            BottleneckDown<512, 256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
        )>,
        Stage<(BottleneckDown<1024, 512, 2048>, Deep<512, 2048>, Deep<512, 2048>)>,
    ),
    64,
    2048,
    1000,
>;

#[test]
fn resnet() {
    assert_eq!(numbers::<ResNet18>(), 11_689_512);
    assert_eq!(numbers::<ResNet50>(), 25_557_032);
    let counter = ResNet50::SCHEMA.get("resnet.embedder.embedder.normalization.num_batches_tracked").unwrap();
    assert_eq!((counter.rank(), counter.dtypes()), (Some(0), &[DType::I64][..]));
}
