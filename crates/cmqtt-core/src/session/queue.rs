//! Messages that wait for their outcome, in lent memory: one behind the other, the oldest first.

use core::fmt::{self, Debug, Formatter};

use at_proto::Ranges;
use at_proto::cmqtt::{QoS, Topic};

use super::healing::{OnUnknown, Overflow};
use super::keeper::Attempts;
use crate::publication::Publication;
use crate::request::{Effect, RequestError, RequestId};
use crate::storage::copy;

/// The queue. Each message has a head of [`HEAD`] bytes, its topic and its payload.
pub(super) struct Queue<M> {
    memory: M,
    /// The bytes in use.
    end: usize,
    client: u8,
    /// How many messages gave way and were not told of: none, nearly always, and then none is looked for.
    displaced: u32,
}

/// A message that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) id: RequestId,
    pub(super) qos: QoS,
    retain: bool,
    pub(super) on_unknown: OnUnknown,
    /// It gave way to another; what is left of it is its end.
    displaced: bool,
    /// How often it was sent without that its outcome was known.
    pub(super) unknown: u8,
    /// How often a modem that seemed connected did not take it.
    pub(super) refused: u8,
    topic_len: u16,
    payload_len: u16,
    timeout: u16,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Queue<M> {
    pub(super) const fn new(memory: M) -> Self {
        Self {
            memory,
            end: 0,
            client: 0,
            displaced: 0,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Adds a message, or says why not. `on_its_way`: the one that cannot give way.
    pub(super) fn push(
        &mut self,
        id: RequestId,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
        overflow: Overflow,
        on_its_way: Option<RequestId>,
    ) -> Result<(), RequestError> {
        let topic = publication.topic.as_bytes();
        let payload = publication.payload;
        let needed = HEAD.saturating_add(topic.len()).saturating_add(payload.len());
        let capacity = self.memory.as_ref().len();
        if needed > capacity {
            return Err(RequestError::NoRoom { needed, capacity });
        }
        let waiting = Waiting {
            id,
            qos: publication.qos,
            retain: publication.retain,
            on_unknown,
            displaced: false,
            unknown: 0,
            refused: 0,
            topic_len: short("the topic's length", topic.len())?,
            payload_len: short("the payload's length", payload.len())?,
            timeout: short("the timeout", publication.timeout as usize)?,
        };
        match overflow {
            Overflow::DropOldest => self.make_room(needed, on_its_way),
            Overflow::DropNewest if self.free() < needed => return self.push_displaced(waiting),
            Overflow::Refuse | Overflow::DropNewest => {}
        }
        if self.free() < needed {
            return Err(RequestError::QueueFull {
                needed,
                free: self.free(),
            });
        }
        self.client = publication.client;
        self.append(&waiting.to_bytes());
        self.append(topic);
        self.append(payload);
        Ok(())
    }

    /// The oldest message that still waits.
    pub(super) fn first(&self) -> Option<Waiting> {
        Some(self.find(|waiting| !waiting.displaced)?.1)
    }

    /// The oldest message as it is published.
    pub(super) fn publication(&self) -> Option<(Publication<'_>, RequestId)> {
        let (at, waiting) = self.find(|waiting| !waiting.displaced)?;
        let topic = at.saturating_add(HEAD);
        let payload = topic.saturating_add(waiting.topic_len.into());
        let end = payload.saturating_add(waiting.payload_len.into());
        let memory = self.memory.as_ref();
        let text = core::str::from_utf8(memory.get(topic..payload)?).ok()?;
        let publication = Publication {
            client: self.client,
            topic: Topic::new(text).ok()?,
            payload: memory.get(payload..end)?,
            qos: waiting.qos,
            retain: waiting.retain,
            timeout: waiting.timeout.into(),
        };
        Some((publication, waiting.id))
    }

    /// Changes what is kept of a message: what it is then.
    pub(super) fn note(&mut self, id: RequestId, change: impl FnOnce(&mut Waiting)) -> Option<Waiting> {
        let (at, mut waiting) = self.find(|waiting| waiting.id == id)?;
        change(&mut waiting);
        self.rewrite(at, waiting);
        Some(waiting)
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, id: RequestId) -> Option<Waiting> {
        let (at, waiting) = self.find(|waiting| waiting.id == id)?;
        self.cut(at, waiting.len());
        Some(waiting)
    }

    /// Takes out the oldest message that gave way to another.
    pub(super) fn pop_displaced(&mut self) -> Option<Waiting> {
        if self.displaced == 0 {
            return None;
        }
        let (at, waiting) = self.find(|waiting| waiting.displaced)?;
        self.cut(at, waiting.len());
        self.displaced = self.displaced.saturating_sub(1);
        Some(waiting)
    }

    /// Takes out the oldest message that still waits.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let (at, waiting) = self.find(|waiting| !waiting.displaced)?;
        self.cut(at, waiting.len());
        Some(waiting)
    }

    fn free(&self) -> usize {
        self.memory.as_ref().len().saturating_sub(self.end)
    }

    /// Makes the oldest messages give way, as many as are needed; none if all that can would not be enough.
    fn make_room(&mut self, needed: usize, on_its_way: Option<RequestId>) {
        if self.free() >= needed {
            return;
        }
        let can = |waiting: &Waiting| !waiting.displaced && Some(waiting.id) != on_its_way;
        let texts = |waiting: Waiting| waiting.len().saturating_sub(HEAD);
        let most = self.all().filter(|(_, waiting)| can(waiting));
        let most = most.fold(self.free(), |most, (_, waiting)| {
            most.saturating_add(texts(waiting))
        });
        if most < needed {
            return;
        }
        while self.free() < needed {
            let Some((at, waiting)) = self.find(can) else {
                return;
            };
            self.cut(at.saturating_add(HEAD), texts(waiting));
            self.rewrite(at, waiting.without_texts());
            self.displaced = self.displaced.saturating_add(1);
        }
    }

    /// Keeps no more of a new message than its end.
    fn push_displaced(&mut self, waiting: Waiting) -> Result<(), RequestError> {
        if self.free() < HEAD {
            return Err(RequestError::QueueFull {
                needed: HEAD,
                free: self.free(),
            });
        }
        self.append(&waiting.without_texts().to_bytes());
        self.displaced = self.displaced.saturating_add(1);
        Ok(())
    }

    fn rewrite(&mut self, at: usize, waiting: Waiting) {
        let head = self.memory.as_mut().get_mut(at..).unwrap_or_default();
        copy(head, &waiting.to_bytes());
    }

    /// The caller has checked that there is room.
    fn append(&mut self, bytes: &[u8]) {
        let copied = copy(
            self.memory.as_mut().get_mut(self.end..).unwrap_or_default(),
            bytes,
        );
        self.end = self.end.saturating_add(copied);
    }

    /// Takes so many bytes out; what is behind them moves up.
    fn cut(&mut self, at: usize, len: usize) {
        let Some(rest) = self.memory.as_mut().get_mut(at..self.end) else {
            return;
        };
        let len = len.min(rest.len());
        rest.copy_within(len.., 0);
        self.end = self.end.saturating_sub(len);
    }

    fn find(&self, wanted: impl Fn(&Waiting) -> bool) -> Option<(usize, Waiting)> {
        self.all().find(|(_, waiting)| wanted(waiting))
    }

    /// All of them and where they begin, also those that gave way.
    fn all(&self) -> impl Iterator<Item = (usize, Waiting)> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let begin = at;
            let waiting = self.at(begin)?;
            at = begin.saturating_add(waiting.len());
            Some((begin, waiting))
        })
    }

    fn at(&self, at: usize) -> Option<Waiting> {
        Waiting::from_bytes(self.memory.as_ref().get(at..self.end)?.first_chunk()?)
    }
}

impl Waiting {
    /// Whether it is sent again when nobody knows whether the broker has it.
    pub(super) fn is_sent_again(&self) -> bool {
        self.qos == QoS::AtLeastOnce || self.on_unknown == OnUnknown::SendAgain
    }

    pub(super) const fn attempts(&self) -> Attempts {
        Attempts {
            refused: self.refused,
            unknown: self.unknown,
        }
    }

    /// What is known of its attempts.
    pub(super) const fn effect(&self) -> Effect {
        if self.unknown > 0 {
            Effect::Unknown
        } else {
            Effect::None
        }
    }

    /// What is left of one that gave way.
    const fn without_texts(self) -> Self {
        Self {
            displaced: true,
            topic_len: 0,
            payload_len: 0,
            ..self
        }
    }

    fn len(&self) -> usize {
        HEAD.saturating_add(self.topic_len.into())
            .saturating_add(self.payload_len.into())
    }

    fn to_bytes(self) -> [u8; HEAD] {
        let [i0, i1, i2, i3] = self.id.get().to_le_bytes();
        let [t0, t1] = self.topic_len.to_le_bytes();
        let [p0, p1] = self.payload_len.to_le_bytes();
        let [s0, s1] = self.timeout.to_le_bytes();
        let flags = u8::from(self.qos)
            | flag(self.retain, RETAIN)
            | flag(self.displaced, DISPLACED)
            | flag(self.on_unknown == OnUnknown::SendAgain, SEND_AGAIN);
        [
            i0,
            i1,
            i2,
            i3,
            flags,
            self.unknown,
            self.refused,
            t0,
            t1,
            p0,
            p1,
            s0,
            s1,
        ]
    }

    fn from_bytes(bytes: &[u8; HEAD]) -> Option<Self> {
        let [i0, i1, i2, i3, flags, unknown, refused, t0, t1, p0, p1, s0, s1] = *bytes;
        Some(Self {
            id: RequestId(u32::from_le_bytes([i0, i1, i2, i3])),
            qos: QoS::try_from(flags & 3).ok()?,
            retain: flags & RETAIN != 0,
            on_unknown: if flags & SEND_AGAIN == 0 {
                OnUnknown::ByQos
            } else {
                OnUnknown::SendAgain
            },
            displaced: flags & DISPLACED != 0,
            unknown,
            refused,
            topic_len: u16::from_le_bytes([t0, t1]),
            payload_len: u16::from_le_bytes([p0, p1]),
            timeout: u16::from_le_bytes([s0, s1]),
        })
    }
}

impl<M> Debug for Queue<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} bytes)", self.end)
    }
}

const fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set { flag } else { 0 }
}

/// What a head has room for. Modems are known to take less, but one may state anything.
fn short(what: &'static str, value: usize) -> Result<u16, RequestError> {
    u16::try_from(value).map_err(|_| RequestError::OutOfRange {
        what,
        value: u32::try_from(value).unwrap_or(u32::MAX),
        allowed: Ranges::span(0, u16::MAX.into()),
    })
}

/// The bytes of a message's head.
pub(super) const HEAD: usize = 13;

const RETAIN: u8 = 4;
const DISPLACED: u8 = 8;
const SEND_AGAIN: u8 = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a queue should do, with allocations.
    struct Model {
        room: usize,
        waiting: Vec<(u32, Vec<u8>)>,
        displaced: Vec<u32>,
    }

    impl Model {
        const TOPIC: &str = "a/b";

        fn free(&self) -> usize {
            let texts = |(_, payload): &(u32, Vec<u8>)| HEAD + Self::TOPIC.len() + payload.len();
            let used: usize = self.waiting.iter().map(texts).sum();
            self.room - used - self.displaced.len() * HEAD
        }

        /// Whether it is taken.
        fn push(&mut self, number: u32, payload: &[u8], overflow: Overflow, on_its_way: Option<u32>) -> bool {
            let needed = HEAD + Self::TOPIC.len() + payload.len();
            if needed > self.room {
                return false;
            }
            if overflow == Overflow::DropNewest && self.free() < needed {
                let told = self.free() >= HEAD;
                self.displaced.extend(told.then_some(number));
                return told;
            }
            let mut gone = 0;
            if overflow == Overflow::DropOldest {
                // As few as are enough; the oldest.
                let older: Vec<u32> = self.waiting.iter().map(|(id, _)| *id).collect();
                let older: Vec<u32> = older.into_iter().filter(|id| Some(*id) != on_its_way).collect();
                let freed = |count: usize| {
                    let gone = self.waiting.iter().filter(|(id, _)| older[..count].contains(id));
                    gone.map(|(_, payload)| Self::TOPIC.len() + payload.len())
                        .sum::<usize>()
                };
                gone = (0..=older.len())
                    .find(|&count| self.free() + freed(count) >= needed)
                    .unwrap_or(0);
                self.waiting.retain(|(id, _)| !older[..gone].contains(id));
                self.displaced.extend(&older[..gone]);
            }
            let fits = self.free() >= needed;
            assert!(fits || gone == 0);
            if fits {
                self.waiting.push((number, payload.to_vec()));
            }
            fits
        }
    }

    fn each(queue: &Queue<Vec<u8>>, mut look: impl FnMut(&Waiting)) {
        let mut at = 0;
        while let Some(waiting) = queue.at(at) {
            look(&waiting);
            at += waiting.len();
        }
        assert_eq!(at, queue.end);
    }

    fn push(queue: &mut Queue<Vec<u8>>, number: u32, overflow: Overflow) -> Result<(), RequestError> {
        let publication = Publication {
            client: 0,
            topic: Topic::new("a/b").unwrap(),
            payload: b"1234",
            qos: QoS::AtLeastOnce,
            retain: false,
            timeout: 60,
        };
        queue.push(RequestId(number), &publication, OnUnknown::ByQos, overflow, None)
    }

    /// Room that is just enough is enough, and nobody gives way for it.
    #[test]
    fn what_just_fits_is_taken() {
        const NEEDED: usize = HEAD + 3 + 4;
        for overflow in [Overflow::Refuse, Overflow::DropOldest, Overflow::DropNewest] {
            let mut queue = Queue::new(vec![0; NEEDED - 1]);
            let no_room = RequestError::NoRoom {
                needed: NEEDED,
                capacity: NEEDED - 1,
            };
            assert_eq!(push(&mut queue, 1, overflow), Err(no_room));
            assert!(queue.is_empty());

            let mut queue = Queue::new(vec![0; NEEDED]);
            assert_eq!(push(&mut queue, 1, overflow), Ok(()));

            let mut queue = Queue::new(vec![0; 2 * NEEDED]);
            for number in [1, 2] {
                assert_eq!(push(&mut queue, number, overflow), Ok(()), "{overflow:?}");
                assert!(!queue.is_empty());
            }
            assert_eq!(queue.pop_displaced(), None, "{overflow:?}");
            let left = [queue.pop(), queue.pop(), queue.pop()].map(|waiting| Some(waiting?.id.0));
            assert_eq!(left, [Some(1), Some(2), None]);
            assert!(queue.is_empty());
        }
        // The end of a message that gives way needs room, too.
        let mut queue = Queue::new(vec![0; NEEDED + HEAD]);
        push(&mut queue, 1, Overflow::DropNewest).unwrap();
        push(&mut queue, 2, Overflow::DropNewest).unwrap();
        let full = RequestError::QueueFull {
            needed: HEAD,
            free: 0,
        };
        assert_eq!(push(&mut queue, 3, Overflow::DropNewest), Err(full));
        assert_eq!(queue.pop_displaced().map(|waiting| waiting.id.0), Some(2));
        assert_eq!(queue.pop().map(|waiting| waiting.id.0), Some(1));
    }

    /// A message is published as it was taken, and tried again as its giver wants it.
    #[test]
    fn what_is_taken_comes_out_the_same() {
        let all = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce].map(|qos| {
            [false, true]
                .map(|retain| [OnUnknown::ByQos, OnUnknown::SendAgain].map(|again| (qos, retain, again)))
        });
        for &(qos, retain, on_unknown) in all.as_flattened().as_flattened() {
            let taken = Publication {
                client: 1,
                topic: Topic::new("a/b").unwrap(),
                payload: b"1234",
                qos,
                retain,
                timeout: 180,
            };
            let mut queue = Queue::new(vec![0; 100]);
            queue
                .push(RequestId(7), &taken, on_unknown, Overflow::Refuse, None)
                .unwrap();
            assert_eq!(queue.publication(), Some((taken, RequestId(7))));
            let again = qos == QoS::AtLeastOnce || on_unknown == OnUnknown::SendAgain;
            assert_eq!(queue.pop().map(|waiting| waiting.is_sent_again()), Some(again));
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Push(usize, Overflow),
        Publish,
        Finish,
        Poll,
        Note,
    }

    fn step() -> impl Strategy<Value = Step> {
        let overflow = prop_oneof![
            Just(Overflow::Refuse),
            Just(Overflow::DropOldest),
            Just(Overflow::DropNewest)
        ];
        prop_oneof![
            4 => (1usize..60, overflow).prop_map(|(len, overflow)| Step::Push(len, overflow)),
            2 => Just(Step::Publish),
            2 => Just(Step::Finish),
            1 => Just(Step::Poll),
            1 => Just(Step::Note),
        ]
    }

    proptest! {
        /// Every message that was taken is published in order, or is told to have given way, and none is altered.
        #[test]
        fn nothing_is_lost_altered_or_told_twice(steps in proptest::collection::vec(step(), 0..80), room in 0usize..300) {
            let mut queue = Queue::new(vec![0; room]);
            let mut model = Model { room, waiting: Vec::new(), displaced: Vec::new() };
            let mut on_its_way = None;
            for (number, step) in (0u32..).zip(steps) {
                match step {
                    Step::Push(len, overflow) => {
                        let payload: Vec<u8> = (0..len).map(|place| (place as u32 * 7 + number) as u8).collect();
                        let publication = Publication {
                            client: 0,
                            topic: Topic::new(Model::TOPIC).unwrap(),
                            payload: &payload,
                            qos: QoS::AtLeastOnce,
                            retain: number % 2 == 0,
                            timeout: 60,
                        };
                        let taken = model.push(number, &payload, overflow, on_its_way);
                        let on_its_way = on_its_way.map(RequestId);
                        let pushed = queue.push(RequestId(number), &publication, OnUnknown::ByQos, overflow, on_its_way);
                        prop_assert_eq!(pushed.is_ok(), taken, "{:?}", pushed);
                        let (mut waiting, mut gone) = (Vec::new(), Vec::new());
                        each(&queue, |each| if each.displaced { &mut gone } else { &mut waiting }.push(each.id.0));
                        gone.sort_unstable();
                        model.displaced.sort_unstable();
                        prop_assert_eq!(gone, model.displaced.clone());
                        prop_assert_eq!(waiting, model.waiting.iter().map(|(id, _)| *id).collect::<Vec<_>>());
                        prop_assert!(on_its_way.is_none_or(|id| model.waiting.iter().any(|(waiting, _)| *waiting == id.0)));
                    }
                    Step::Publish => {
                        let expected = model.waiting.first();
                        let publication = queue.publication();
                        prop_assert_eq!(
                            publication.map(|(publication, id)| (id.0, publication.payload.to_vec())),
                            expected.cloned()
                        );
                        on_its_way = expected.map(|(id, _)| *id);
                    }
                    Step::Finish => {
                        if let Some(id) = on_its_way.take() {
                            prop_assert_eq!(queue.remove(RequestId(id)).map(|waiting| waiting.id.0), Some(id));
                            model.waiting.retain(|(waiting, _)| *waiting != id);
                        }
                    }
                    Step::Poll => {
                        while let Some(waiting) = queue.pop_displaced() {
                            prop_assert_eq!(model.displaced.remove(0), waiting.id.0);
                        }
                        prop_assert!(model.displaced.is_empty());
                    }
                    Step::Note => {
                        if let Some(id) = on_its_way {
                            queue.note(RequestId(id), |waiting| waiting.unknown = 7);
                            prop_assert_eq!(queue.first().map(|waiting| waiting.unknown), Some(7));
                        }
                    }
                }
            }
        }
    }
}
