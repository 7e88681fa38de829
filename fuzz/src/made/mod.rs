//! Files that are right, or nearly so, made by the choices of an input: what is mutated byte by byte is hardly ever accepted.

pub(crate) mod gguf;
pub(crate) mod torch;

/// The byte that a recipe begins with: no file does, and no pickle.
pub(crate) const RECIPE: u8 = 0xff;

/// The bytes of an input, one for each choice; then zeros.
pub(crate) struct Choices<'b>(&'b [u8]);

impl<'b> Choices<'b> {
    /// The choices of an input that is a recipe.
    pub(crate) fn of(input: &'b [u8]) -> Option<Choices<'b>> {
        let (&RECIPE, rest) = input.split_first()? else { return None };
        Some(Choices(rest))
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// So many bytes, of which a few are chosen.
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut state = u32::from_le_bytes([self.byte(), self.byte(), self.byte(), 1]);
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..count).map(step).collect()
    }

    /// A name that is not among these yet: some have dots, some are not ASCII.
    fn name(&mut self, number: usize) -> String {
        let parts = ["w", "a.b", "layers.0", "ä", "", "x y", "weight\u{301}", "0"];
        format!("{}{number}{}", self.one(&parts), self.one(&["", ".weight", "_"]))
    }

    /// Changes a byte, perhaps.
    fn edit(&mut self, bytes: &mut [u8]) {
        if self.below(4) == 1 {
            let at = usize::from(u16::from_le_bytes([self.byte(), self.byte()]));
            let value = self.byte();
            if let Some(len) = std::num::NonZero::new(bytes.len()) {
                bytes[at % len] = value;
            }
        }
    }
}
