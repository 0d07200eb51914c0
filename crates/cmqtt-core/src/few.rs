//! What was not told yet: a few things, in the order in which they came.

/// Room for four of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Few<T> {
    items: [Option<T>; 4],
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            items: [const { None }; 4],
        }
    }
}

impl<T: Copy> Few<T> {
    /// Adds one behind the others. What there is no room for is dropped: who pushes has seen to it that there is.
    pub(crate) fn push(&mut self, item: T) {
        if let Some(free) = self.items.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(item);
        }
    }

    /// Adds one behind the others; the oldest gives way when there is no room.
    pub(crate) fn push_over(&mut self, item: T) {
        if let [.., Some(_)] = self.items {
            self.pop();
        }
        self.push(item);
    }

    /// Takes the oldest.
    pub(crate) const fn pop(&mut self) -> Option<T> {
        let [first, second, third, fourth] = self.items;
        self.items = [second, third, fourth, None];
        first
    }

    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self.items, [None, ..])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut few: Few<u8>) -> Vec<u8> {
        std::iter::from_fn(|| few.pop()).collect()
    }

    #[test]
    fn the_oldest_comes_first_and_one_of_five_is_dropped() {
        let (mut newest_dropped, mut oldest_dropped) = (Few::default(), Few::default());
        assert!(newest_dropped.is_empty());
        for item in 1..=5 {
            newest_dropped.push(item);
            oldest_dropped.push_over(item);
        }
        assert!(!newest_dropped.is_empty());
        assert_eq!(newest_dropped.iter().count(), 4);
        assert_eq!(all(newest_dropped), [1, 2, 3, 4]);
        assert_eq!(all(oldest_dropped), [2, 3, 4, 5]);
    }
}
