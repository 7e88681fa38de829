use super::*;

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// The strides of a dense tensor, and its number of elements.
fn dense(shape: &[usize]) -> (Vec<usize>, usize) {
    let mut elements = 1;
    let mut strides = vec![0; shape.len()];
    for (stride, steps) in strides.iter_mut().zip(shape).rev() {
        *stride = elements;
        elements *= steps;
    }
    (strides, elements)
}

fn permutations(rank: usize) -> Vec<Vec<usize>> {
    let shorter = if rank == 0 { return vec![vec![]] } else { permutations(rank - 1) };
    let insert = |permutation: &Vec<usize>, at| {
        let mut longer = permutation.clone();
        longer.insert(at, rank - 1);
        longer
    };
    shorter.iter().flat_map(|permutation| (0..rank).map(move |at| insert(permutation, at))).collect()
}

/// A copy as requested, the number of elements of the tensors on both sides, and the length of a row of the target.
struct Case {
    axes: Vec<Axis>,
    from: usize,
    to: usize,
    elements: [usize; 2],
    row: usize,
}

impl Case {
    /// Copies a part of a tensor to a part of another, whose dims are in the order of `permutation`. `pads` has, for
    /// each dim, how far the source extends before and after the part, and how far the target does.
    fn new(dims: &[usize], permutation: &[usize], pads: &[[usize; 4]]) -> Case {
        let whole = |before: usize| -> Vec<usize> {
            dims.iter().zip(pads).map(|(steps, pad)| pad[before] + steps + pad[before + 1]).collect()
        };
        let permuted = |list: &[usize]| -> Vec<usize> { permutation.iter().map(|&i| list[i]).collect() };
        let (strides, source_elements) = dense(&whole(0));
        let (permuted_strides, target_elements) = dense(&permuted(&whole(2)));
        let mut targets = vec![0; dims.len()];
        permutation.iter().zip(permuted_strides).for_each(|(&i, stride)| targets[i] = stride);
        let axes: Vec<Axis> =
            (0..dims.len()).map(|i| Axis { steps: dims[i], source: strides[i], target: targets[i] }).collect();
        let from = axes.iter().zip(pads).map(|(axis, pad)| axis.source * pad[0]).sum();
        let to = axes.iter().zip(pads).map(|(axis, pad)| axis.target * pad[2]).sum();
        let row = permutation.first().map_or(1, |&i| targets[i]);
        Case { axes, from, to, elements: [source_elements, target_elements], row }
    }

    fn strided(&self) -> Strided {
        Strided::new(&self.axes, self.from, self.to).unwrap()
    }

    /// Copies element by element, in the order of the axes.
    fn naive(&self, size: usize, source: &[u8], target: &mut [u8]) {
        let count: usize = self.axes.iter().map(|axis| axis.steps).product();
        for mut number in 0..count {
            let (mut from, mut to) = (self.from, self.to);
            for axis in self.axes.iter().rev() {
                let step = number % axis.steps;
                number /= axis.steps;
                from += step * axis.source;
                to += step * axis.target;
            }
            target[to * size..][..size].copy_from_slice(&source[from * size..][..size]);
        }
    }

    /// Checks the copy as a whole, in pieces of each of `mosts`, and back again.
    fn check(&self, size: usize, mosts: impl Iterator<Item = usize>, numbers: &mut Numbers) {
        let strided = self.strided();
        let source = numbers.bytes(self.elements[0] * size);
        let before = numbers.bytes(self.elements[1] * size);
        let mut expected = before.clone();
        self.naive(size, &source, &mut expected);

        let mut target = before.clone();
        assert!(strided.copy(size, &source, 0, &mut target));
        assert!(target == expected, "{:?} of {size} bytes", self.axes);

        for most in mosts {
            let (mut target, mut elements, mut end) = (before.clone(), 0, 0);
            for piece in strided.pieces(most) {
                let span = piece.span();
                assert!(end <= span.start && !span.is_empty(), "pieces of {most} of {:?} are in order", self.axes);
                assert!(span.len() <= most.max(1), "{span:?} is no piece of {most} of {:?}", self.axes);
                (elements, end) = (elements + piece.element_count(), span.end);
                // only the piece, at an address that is aligned for no element
                let mut bytes = vec![0];
                bytes.extend_from_slice(&source[span.start * size..span.end * size]);
                assert!(piece.copy(size, &bytes[1..], span.start, &mut target));
            }
            assert_eq!(elements, strided.element_count());
            assert!(target == expected, "{:?} in pieces of {most}", self.axes);
            self.check_disjoint(size, most, [&source, &before, &expected]);
            self.check_boxes(size, [most, 1 + numbers.below(12)], [&source, &before, &expected]);
        }
        if self.row > 0 {
            self.check_rows(size, self.row, 1 + numbers.below(5), [&source, &before, &expected]);
        }

        let back = strided.inverse();
        assert_eq!(back.inverse(), strided);
        let mut returned = source.clone();
        assert!(back.copy(size, &target, 0, &mut returned));
        assert!(returned == source, "{:?} and back", self.axes);
    }

    /// Checks boxes whose runs have at least `least` elements, given only what is read for each.
    fn check_boxes(&self, size: usize, [most, least]: [usize; 2], [source, before, expected]: [&[u8]; 3]) {
        let strided = self.strided();
        let (mut target, mut elements) = (before.to_vec(), 0);
        let steps = strided.box_of(most, least);
        for part in strided.cut(&steps.clone().unwrap_or_else(|| strided.piece(most))) {
            assert!(part.element_count() <= most.max(1), "a box of {most} of {:?}", self.axes);
            let (runs, packed) = part.runs_of(most, least);
            let runs: Vec<Range<usize>> = runs.collect();
            assert!(runs.is_sorted_by(|one, next| one.end <= next.start), "runs of {:?} are in order", self.axes);
            let read = runs.iter().map(|run| run.len()).sum();
            assert_eq!((packed.span().len(), packed.target_span()), (read, part.target_span()));
            assert!(read == part.element_count() || runs == [part.span()]);
            assert!(read <= most.max(1), "{runs:?} are in a box of {most} of {:?}", self.axes);
            let bytes: Vec<u8> =
                runs.into_iter().flat_map(|run| &source[run.start * size..run.end * size]).copied().collect();
            assert!(packed.copy(size, &bytes, 0, &mut target));
            elements += part.element_count();
        }
        assert_eq!(elements, strided.element_count());
        assert!(target == expected, "{:?} in boxes of {most}, {steps:?}", self.axes);
    }

    /// Copies a few rows of the target at a time, into memory for just these rows.
    fn check_rows(&self, size: usize, row: usize, most: usize, [source, before, expected]: [&[u8]; 3]) {
        let (strided, mut target, mut elements) = (self.strided(), before.to_vec(), 0);
        for (number, target) in target.chunks_mut(most * row * size).enumerate() {
            let rows = number * most..number * most + target.len() / (row * size);
            let part = strided.rows(row, rows).unwrap_or_else(|| panic!("{:?} in rows of {row}", self.axes));
            assert!(part.is_empty() || part.target_span().end * size <= target.len());
            assert!(part.copy(size, source, 0, target));
            elements += part.element_count();
        }
        assert_eq!(elements, strided.element_count());
        assert!(target == expected, "{:?} in {most} rows of {row} at a time", self.axes);
    }

    /// Checks that disjoint pieces are all pieces, that each writes only to its own part, and that there are none only
    /// if parts overlap.
    fn check_disjoint(&self, size: usize, most: usize, [source, before, expected]: [&[u8]; 3]) {
        let pieces: Vec<Strided> = self.strided().pieces(most).collect();
        let meets = |pieces: &[Strided]| pieces[0].target_span().end > pieces[1].target_span().start;
        let Some(disjoint) = self.strided().disjoint_pieces(most).collect::<Option<Vec<_>>>() else {
            assert!(pieces.windows(2).any(meets), "{:?} in pieces of {most}", self.axes);
            return;
        };
        assert_eq!(disjoint, pieces);
        let mut target = before.to_vec();
        let (mut rest, mut begin) = (target.as_mut_slice(), 0);
        for piece in disjoint {
            let (span, target_span) = (piece.span(), piece.target_span());
            let (part, behind) = rest.split_at_mut((target_span.end - begin) * size);
            let part = &mut part[(target_span.start - begin) * size..];
            let piece = piece.shifted(target_span.start);
            assert_eq!(piece.target_span(), 0..target_span.len());
            assert!(piece.copy(size, &source[span.start * size..span.end * size], span.start, part));
            (rest, begin) = (behind, target_span.end);
        }
        assert!(target == expected, "{:?} in disjoint pieces of {most}", self.axes);
    }
}

#[test]
fn every_permutation_of_every_rank() {
    let mut numbers = Numbers(1);
    for rank in 0..=5 {
        for permutation in permutations(rank) {
            for size in [1, 2, 4, 8] {
                let dims: Vec<usize> = (0..rank).map(|_| [1, 2, 3, 4, 5, 7][numbers.below(6)]).collect();
                let case = Case::new(&dims, &permutation, &vec![[0; 4]; rank]);
                let mosts = [1, 2, 1 + numbers.below(50), case.elements[0], usize::MAX];
                case.check(size, mosts.into_iter(), &mut numbers);
            }
        }
    }
}

#[test]
fn parts_of_tensors_to_parts_of_tensors() {
    let mut numbers = Numbers(2);
    for round in 0..2000 {
        let rank = round % 6;
        let permutations = permutations(rank);
        let permutation = &permutations[numbers.below(permutations.len())];
        let dims: Vec<usize> = (0..rank).map(|_| numbers.below(7)).collect();
        let mut pad = || if numbers.below(2) == 0 { 0 } else { numbers.below(4) };
        let pads: Vec<[usize; 4]> = (0..rank).map(|_| [pad(), pad(), pad(), pad()]).collect();
        let case = Case::new(&dims, permutation, &pads);
        let mosts = [1, 1 + numbers.below(20), 1 + numbers.below(200)];
        case.check([1, 2, 4, 8, 18][round % 5], mosts.into_iter(), &mut numbers);
    }
}

#[test]
fn every_size_of_pieces() {
    let mut numbers = Numbers(3);
    for (dims, permutation) in [(vec![9, 11], vec![1, 0]), (vec![3, 4, 5], vec![2, 0, 1]), (vec![60], vec![0])] {
        let pads = vec![[1, 2, 0, 3]; dims.len()];
        let case = Case::new(&dims, &permutation, &pads);
        case.check(4, 0..=case.elements[0] + 1, &mut numbers);
    }
}

#[test]
fn blocks_strips_and_what_is_left_of_them() {
    let mut numbers = Numbers(4);
    for size in [1, 2, 4, 8] {
        let line = LINE / size;
        for rows in [1, 2, 9, line - 1, line, line + 1, 2 * line + 3] {
            for columns in [2, 9, line - 1, line, line + 1, 3 * line - 2] {
                for (dims, permutation) in [
                    (vec![rows, columns], vec![1, 0]),
                    (vec![2, rows, columns], vec![0, 2, 1]),
                    (vec![rows, 3, columns], vec![2, 1, 0]),
                    (vec![rows, columns, 2], vec![1, 0, 2]),
                    (vec![rows, columns, line], vec![1, 0, 2]),
                ] {
                    let case = Case::new(&dims, &permutation, &vec![[0; 4]; dims.len()]);
                    case.check(size, [case.elements[0] / 3].into_iter(), &mut numbers);
                }
            }
        }
    }
}

#[test]
fn no_axis_is_contiguous() {
    let mut numbers = Numbers(5);
    for size in [1, 2, 4, 8] {
        let axes = vec![Axis { steps: 90, source: 3, target: 161 }, Axis { steps: 80, source: 275, target: 2 }];
        let case = Case { axes, from: 2, to: 1, elements: [275 * 80, 161 * 90], row: 161 };
        case.check(size, [1, 100, 1000].into_iter(), &mut numbers);
    }
}

#[test]
fn what_lies_together_is_one_copy() {
    let whole = |dims: &[usize]| {
        let permutation: Vec<usize> = (0..dims.len()).collect();
        Case::new(dims, &permutation, &vec![[0; 4]; dims.len()]).strided()
    };
    assert_eq!(whole(&[]).is_copy(), Some(1));
    assert_eq!(whole(&[2, 1, 3, 4]).is_copy(), Some(24));
    assert_eq!(whole(&[2, 0, 4]).is_copy(), Some(0));
    // the middle one of three adjacent parts of a matrix: of its rows, and of its columns
    let rows = Case::new(&[2, 5], &[0, 1], &[[2, 2, 0, 0], [0; 4]]).strided();
    assert_eq!((rows.is_copy(), rows.span(), rows.target_span()), (Some(10), 10..20, 0..10));
    let columns = Case::new(&[5, 2], &[0, 1], &[[0; 4], [2, 2, 0, 0]]).strided();
    assert_eq!((columns.is_copy(), columns.span(), columns.target_span()), (None, 2..28, 0..10));
    assert_eq!(columns.element_count(), 10);
    // dims that move together form one axis
    let convolution = Case::new(&[4, 5, 3, 3], &[0, 2, 3, 1], &[[0; 4]; 4]).strided();
    let axis = |steps, source, target| Axis { steps, source, target };
    assert_eq!(convolution.axes, [axis(4, 45, 45), axis(5, 9, 1), axis(9, 1, 5)]);
}

#[test]
fn what_lies_outside_is_refused() {
    let transpose = Case::new(&[20, 30], &[1, 0], &[[0; 4]; 2]).strided();
    let (source, mut target) = (vec![7; 600 * 4], vec![0; 600 * 4]);
    assert!(!transpose.copy(4, &source[1..], 0, &mut target));
    assert!(!transpose.copy(4, &source, 1, &mut target));
    assert!(!transpose.copy(4, &source, 0, &mut target[1..]));
    assert!(!transpose.copy(5, &source, 0, &mut target) && !transpose.copy(0, &source, 0, &mut target));
    assert!(!transpose.copy(usize::MAX, &source, 0, &mut target));
    assert_eq!(target, vec![0; 600 * 4]);
    assert!(transpose.copy(4, &source, 0, &mut target));
    assert_eq!(target, source);
}

#[test]
fn whole_blocks_are_copied_as_their_elements_are() {
    // rows of blocks in another order, from a part of a tensor
    let case = Case::new(&[3, 2, 12], &[1, 0, 2], &[[1, 0, 0, 2], [0; 4], [4, 8, 0, 4]]);
    let strided = case.strided();
    let blocks = strided.in_blocks(4).unwrap();
    assert_eq!(blocks.element_count() * 4, strided.element_count());
    let source: Vec<u8> = (0..case.elements[0]).map(|i| i as u8).collect();
    let mut targets = [vec![0; case.elements[1]], vec![0; case.elements[1]]];
    assert!(strided.copy(1, &source, 0, &mut targets[0]) && blocks.copy(4, &source, 0, &mut targets[1]));
    assert_eq!(targets[0], targets[1]);
    assert_eq!(strided.in_blocks(1), Some(strided.clone()));
    // 8 neighbours are no whole number of what begins at 4, and a transposed matrix has no neighbours
    assert_eq!((strided.in_blocks(8), strided.in_blocks(3)), (None, None));
    assert_eq!(Case::new(&[1], &[0], &[[0; 4]; 1]).strided().in_blocks(0), None);
    assert_eq!(Case::new(&[4, 4], &[1, 0], &[[0; 4]; 2]).strided().in_blocks(2), None);
}

#[test]
fn elements_that_could_be_one_are_refused() {
    let axis = |steps, source, target| Axis { steps, source, target };
    let is_made = |axes: &[Axis], source, target| Strided::new(axes, source, target).is_some();
    assert!(is_made(&[axis(3, 4, 1), axis(4, 1, 3)], 0, 0));
    // a step along the outer axis must be longer than what the inner one reaches, on both sides
    assert!(is_made(&[axis(3, 4, 4), axis(4, 1, 1)], 0, 0) && !is_made(&[axis(3, 3, 4), axis(4, 1, 1)], 0, 0));
    assert!(!is_made(&[axis(3, 4, 3), axis(4, 1, 1)], 0, 0));
    assert!(!is_made(&[axis(2, 0, 1)], 0, 0) && !is_made(&[axis(2, 1, 0)], 0, 0));
    // an axis of one step goes nowhere, and one of none has no elements
    assert!(is_made(&[axis(1, 0, 0), axis(2, 1, 1)], 0, 0) && is_made(&[axis(0, 0, 0), axis(2, 0, 0)], 0, 0));
    // the last element has an offset, and so does the end behind it
    let far = usize::MAX - 1;
    assert!(
        is_made(&[axis(2, far, 1)], 0, 0) && !is_made(&[axis(2, far, 1)], 1, 0) && !is_made(&[axis(3, far, 1)], 0, 0)
    );
    assert!(is_made(&[], far, far) && !is_made(&[], usize::MAX, 0) && !is_made(&[axis(usize::MAX, 2, 1)], 0, 0));
}

#[test]
fn nothing_is_copied_from_nowhere() {
    let nothing = Strided::new(&[Axis { steps: 0, source: 1, target: 1 }], 5, 5).unwrap();
    assert!(nothing.is_empty() && nothing.pieces(1).next().is_none() && nothing.span().is_empty());
    assert!(nothing.copy(4, &[], 0, &mut []));
}

#[test]
fn pieces_have_parts_of_the_target_of_their_own() {
    let dense = [[0; 4]; 4];
    let part = |before, behind| [before, behind, 0, 0];
    let place = |before, behind| [0, 0, before, behind];
    for (case, most) in [
        // a convolution's kernels: the permutation keeps the outermost axis
        (Case::new(&[8, 5, 3, 3], &[0, 2, 3, 1], &dense), 2 * 45),
        // the middle one of three parts, of rows and of columns
        (Case::new(&[8, 5], &[0, 1], &[part(8, 8), part(0, 0)]), 15),
        (Case::new(&[8, 5], &[0, 1], &[part(0, 0), part(5, 5)]), 35),
        // into the middle of three parts, of rows and of columns
        (Case::new(&[8, 5], &[0, 1], &[place(8, 8), place(0, 0)]), 15),
        (Case::new(&[8, 5], &[0, 1], &[place(0, 0), place(5, 5)]), 15),
        // one of several stacked tensors, along the first axis and along another
        (Case::new(&[1, 8, 5], &[0, 1, 2], &[place(2, 3), place(0, 0), place(0, 0)]), 15),
        (Case::new(&[8, 1, 5], &[0, 1, 2], &[place(0, 0), place(2, 3), place(0, 0)]), 15),
    ] {
        let pieces: Option<Vec<Strided>> = case.strided().disjoint_pieces(most).collect();
        assert!(pieces.is_some_and(|pieces| pieces.len() > 2), "{:?}", case.axes);
    }
    let transpose = Case::new(&[20, 30], &[1, 0], &[[0; 4]; 2]).strided();
    assert_eq!(transpose.disjoint_pieces(60).collect::<Option<Vec<_>>>(), None);
    assert_eq!(transpose.disjoint_pieces(600).collect::<Option<Vec<_>>>(), Some(vec![transpose.clone()]));
}

#[test]
fn rows_do_not_cut_a_step() {
    // ten elements of each 30, from the sixth on: into rows of the same length, of half of it, and of several times it
    let numbers = &mut Numbers(6);
    let case = Case::new(&[12, 10], &[0, 1], &[[0; 4], [0, 0, 5, 15]]);
    let (source, before) = (numbers.bytes(case.elements[0]), numbers.bytes(case.elements[1]));
    let mut expected = before.clone();
    case.naive(1, &source, &mut expected);
    for row in [15, 30, 60, 90, 360] {
        case.check_rows(1, row, 1, [&source, &before, &expected]);
    }
    for row in [0, 1, 10, 20, 45, 50, usize::MAX] {
        assert_eq!(case.strided().rows(row, 0..1), None, "rows of {row}");
    }
    // a transposed tensor goes to rows in parts of its own rows
    let transposed = Case::new(&[20, 30], &[1, 0], &[[0; 4]; 2]).strided();
    assert_eq!(transposed.rows(20, 3..5).map(|part| (part.span(), part.element_count())), Some((3..575, 40)));
    assert_eq!((transposed.rows(20, 3..5).unwrap().read(4), transposed.read(4)), (572, 600));
    assert_eq!(transposed.rows(20, 30..40).map(|part| part.is_empty()), Some(true));
}

#[test]
fn a_box_has_what_is_together_in_the_target() {
    let steps = |dims: &[usize], permutation: &[usize], pads: &[[usize; 4]], most| {
        Case::new(dims, permutation, pads).strided().box_of(most, 8)
    };
    let dense = [[0; 4]; 3];
    // a run of 16, and as many rows as fit
    assert_eq!(steps(&[50, 40], &[1, 0], &dense[..2], 200), Some(vec![12, 16]));
    // rows shorter than that, but adjacent
    assert_eq!(steps(&[50, 4], &[1, 0], &dense[..2], 200), Some(vec![50, 4]));
    // all positions of a kernel, which are outermost in the source and innermost in the target
    assert_eq!(steps(&[9, 50, 40], &[2, 1, 0], &dense, 720), Some(vec![9, 5, 16]));
    // parts of rows go to their places, or are too short
    assert_eq!(steps(&[50, 40], &[0, 1], &[[0; 4], [40, 40, 0, 0]], 200), Some(vec![1, 200]));
    assert_eq!(steps(&[50, 7], &[0, 1], &[[0; 4], [7, 7, 0, 0]], 200), None);
    let (runs, packed) = Case::new(&[9, 2, 40], &[2, 1, 0], &[[0; 4], [3, 4, 0, 0], [0; 4]]).strided().runs_of(720, 80);
    assert_eq!(runs.take(3).collect::<Vec<_>>(), [120..200, 480..560, 840..920]);
    assert_eq!(packed, Case::new(&[9, 2, 40], &[2, 1, 0], &dense).strided());
}
