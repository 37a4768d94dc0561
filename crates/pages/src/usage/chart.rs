//! Bars over time as the shapes of an inline SVG picture.
//!
//! Drawn here and by no chart crate, because our pages allow no inline style and follow the reader's light or dark: the
//! crates there are write colours into the picture (plotters, charts-rs) or a style sheet beside it (poloto). Ours are
//! plain rectangles that the style sheet of the pages colours. Words stand beside the picture, where they keep their size.

/// The height of the picture in its own units.
pub(super) const HEIGHT: u64 = 100;
/// The width that one bar has, with the room between it and the next.
const STEP: u64 = 10;
/// The room between two bars.
const GAP: u64 = 2;
/// The least height of a bar that stands for something.
const LEAST: u64 = 2;

/// What one bar stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) allowed: u64,
    pub(crate) refused: u64,
}

impl Amount {
    /// Both.
    pub(super) const fn total(self) -> u64 {
        self.allowed.saturating_add(self.refused)
    }
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
    /// The class that colours it.
    pub(crate) class: &'static str,
}

/// Bars side by side, refusals on top of what was let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) width: u64,
    pub(crate) height: u64,
    pub(crate) bars: Vec<Bar>,
    /// What the full height stands for.
    pub(crate) most: u64,
}

impl Chart {
    /// The picture of these amounts, in their order.
    pub(crate) fn of(amounts: &[Amount]) -> Self {
        let most = amounts.iter().map(|amount| amount.total()).max().unwrap_or_default();
        let mut bars = Vec::new();
        for (place, amount) in (0_u64..).zip(amounts) {
            let x = place * STEP + GAP / 2;
            let allowed = scaled(amount.allowed, most);
            // What both come to is never higher than the picture, however they were rounded up.
            let refused = scaled(amount.refused, most).min(HEIGHT - allowed.min(HEIGHT));
            let mut bar = |top: u64, height: u64, class| {
                if height > 0 {
                    bars.push(Bar { x, y: HEIGHT - top, width: STEP - GAP, height, class });
                }
            };
            bar(allowed, allowed, "allowed");
            bar(allowed + refused, refused, "refused");
        }
        let count = u64::try_from(amounts.len()).unwrap_or(u64::MAX);
        Self { width: count.saturating_mul(STEP), height: HEIGHT, bars, most }
    }
}

/// How high a count is where `most` is the full height.
fn scaled(count: u64, most: u64) -> u64 {
    if count == 0 || most == 0 {
        return 0;
    }
    let height = u128::from(count) * u128::from(HEIGHT) / u128::from(most);
    u64::try_from(height).unwrap_or(HEIGHT).clamp(LEAST, HEIGHT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(allowed: u64, refused: u64) -> Amount {
        Amount { allowed, refused }
    }

    #[test]
    fn refusals_stand_on_what_was_let_through_and_nothing_is_drawn_of_nothing() {
        let chart = Chart::of(&[amount(0, 0), amount(30, 10), amount(0, 1)]);
        assert_eq!((chart.width, chart.most), (30, 40));
        let seen: Vec<_> = chart.bars.iter().map(|bar| (bar.x, bar.y, bar.height, bar.class)).collect();
        assert_eq!(
            seen,
            [(11, 25, 75, "allowed"), (11, 0, 25, "refused"), (21, 98, 2, "refused")],
            "one of forty is seen all the same"
        );
        assert!(Chart::of(&[]).bars.is_empty());
    }

    proptest! {
        #[test]
        fn no_bar_leaves_the_picture_or_covers_another(
            amounts in proptest::collection::vec((any::<u64>(), any::<u64>()), 0..40),
        ) {
            let amounts: Vec<_> = amounts.into_iter().map(|(allowed, refused)| amount(allowed, refused)).collect();
            let chart = Chart::of(&amounts);
            for bar in &chart.bars {
                prop_assert!(bar.height > 0 && bar.y + bar.height <= chart.height, "{bar:?}");
                prop_assert!(bar.x + bar.width <= chart.width, "{bar:?}");
            }
            for pair in chart.bars.windows(2) {
                let [below, above] = pair else { continue };
                prop_assert!(above.x > below.x || above.y + above.height == below.y, "{pair:?}");
            }
        }
    }
}
