use weighbridge::Module;

#[derive(Module)]
struct Norm<const N: usize>(#[param] [f32; 4]);

struct Plain;

#[derive(Module)]
struct Model(
    Norm<0>, Norm<1>, Norm<2>, Norm<3>, Norm<4>, Norm<5>, Norm<6>, Norm<7>, Norm<8>, Norm<9>, Norm<10>,
    Norm<11>, Norm<12>, Norm<13>, Norm<14>, Norm<15>, Norm<16>, Norm<17>, Norm<18>, Norm<19>, Norm<20>, Norm<21>,
    Norm<22>, Norm<23>, Norm<24>, Norm<25>, Norm<26>, Norm<27>, Norm<28>, Norm<29>, Norm<30>, Norm<31>, Norm<32>,
    Norm<33>, Norm<34>, Norm<35>, Norm<36>, Norm<37>, Norm<38>, Norm<39>, Norm<40>, Norm<41>, Norm<42>, Norm<43>,
    Norm<44>, Norm<45>, Norm<46>, Norm<47>, Norm<48>, Norm<49>, Norm<50>, Norm<51>, Norm<52>, Norm<53>, Norm<54>,
    Norm<55>, Norm<56>, Norm<57>, Norm<58>, Norm<59>, Norm<60>, Norm<61>, Norm<62>, Norm<63>, Norm<64>, Norm<65>,
    Plain,
);

fn main() {}
