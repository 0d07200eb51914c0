//! What a session is to bring about, as the caller says it and as the session keeps it.

use core::fmt::{self, Debug, Formatter};

use at_proto::cmqtt::{ClientId, KeepAlive, Password, QoS, ServerAddress, Topic, TopicFilter, UserName};
use at_proto::tls::FileName;
use at_proto::{MqttVersion, Quoted, Secret};

use crate::connection::{Connection, Login};
use crate::request::RequestError;
use crate::storage::copy;
use crate::tls::{TlsConfig, TlsVersion, Verify};

/// What one of the modem's clients is to be: connected to a broker and subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The MQTT client identifier.
    pub id: ClientId<'a>,
    /// Broker, keep alive, session and login, and the client index.
    pub connection: Connection<'a>,
    /// Which version of MQTT is spoken. `None`: 3.1.1 where the family lets one choose, else whatever it speaks, and what is
    /// connected already is taken as it is.
    pub version: Option<MqttVersion>,
    /// How the connection is made secret. `None`: plain TCP.
    pub tls: Option<TlsConfig<'a>>,
    /// What the broker publishes when the client vanishes. What is connected already may have another, and is then only
    /// taken by a plan that has none.
    pub will: Option<Will<'a>>,
    /// What the client is subscribed to.
    pub filters: &'a [(TopicFilter<'a>, QoS)],
}

/// What the broker publishes when the client vanishes. The modem has no retain flag for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// The topic.
    pub topic: Topic<'a>,
    /// The message, 1 to 1024 bytes.
    pub message: &'a [u8],
    /// The quality of service.
    pub qos: QoS,
}

/// A [`Plan`] that is kept: its texts in lent memory, the rest beside it.
pub(super) struct Kept<M> {
    memory: M,
    outline: Option<Outline>,
}

/// What a plan says, with places for its texts.
#[derive(Clone, Copy)]
struct Outline {
    client: u8,
    keep_alive: KeepAlive,
    clean_session: bool,
    version: Option<MqttVersion>,
    id: Place,
    server: Place,
    user: Option<Place>,
    password: Option<Place>,
    will: Option<(Place, Place, QoS)>,
    tls: Option<TlsOutline>,
    /// Each with two bytes for its length and one for its quality of service before it.
    filters: Place,
}

#[derive(Clone, Copy)]
struct TlsOutline {
    context: u8,
    version: TlsVersion,
    verify: Verify,
    ca: Option<Place>,
    certificate: Option<Place>,
    key: Option<Place>,
    key_password: Option<Place>,
    server_name: Option<bool>,
    check_clock: Option<bool>,
    negotiation: Option<u16>,
}

/// A part of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    start: usize,
    end: usize,
}

/// One of the filters of a plan that is kept.
#[derive(Clone, Copy)]
pub(super) struct KeptFilter<'a> {
    pub(super) filter: TopicFilter<'a>,
    pub(super) qos: QoS,
    /// Where the next one is.
    pub(super) next: usize,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Kept<M> {
    pub(super) const fn new(memory: M) -> Self {
        Self {
            memory,
            outline: None,
        }
    }

    /// Keeps a plan in place of the one before, or nothing of it.
    pub(super) fn keep(&mut self, plan: &Plan<'_>) -> Result<(), RequestError> {
        let needed = size(plan);
        let capacity = self.memory.as_ref().len();
        if needed > capacity {
            return Err(RequestError::NoRoomForPlan { needed, capacity });
        }
        let mut writer = Writer {
            memory: self.memory.as_mut(),
            at: 0,
        };
        let connection = &plan.connection;
        let login = connection.login;
        self.outline = Some(Outline {
            client: connection.client,
            keep_alive: connection.keep_alive,
            clean_session: connection.clean_session,
            version: plan.version,
            id: writer.put(plan.id.as_bytes()),
            server: writer.put(connection.server.as_bytes()),
            user: login.map(|login| writer.put(login.user.as_bytes())),
            password: login
                .and_then(|login| login.password)
                .map(|password| writer.put(password.as_bytes())),
            will: plan.will.map(|will| {
                (
                    writer.put(will.topic.as_bytes()),
                    writer.put(will.message),
                    will.qos,
                )
            }),
            tls: plan.tls.map(|tls| TlsOutline {
                context: tls.context,
                version: tls.version,
                verify: tls.verify,
                ca: tls.ca.map(|name| writer.put(name.as_bytes())),
                certificate: tls.certificate.map(|name| writer.put(name.as_bytes())),
                key: tls.key.map(|name| writer.put(name.as_bytes())),
                key_password: tls
                    .key_password
                    .map(|Secret(password)| writer.put(password.as_bytes())),
                server_name: tls.server_name,
                check_clock: tls.check_clock,
                negotiation: tls.negotiation,
            }),
            filters: writer.put_filters(plan.filters),
        });
        Ok(())
    }

    /// Whether this is the plan that is kept.
    pub(super) fn is(&self, plan: &Plan<'_>) -> bool {
        let mut at = self.first_filter();
        let same_filters = plan.filters.iter().all(|&(filter, qos)| {
            let kept = self.filter(at);
            at = kept.map_or(usize::MAX, |kept| kept.next);
            kept.is_some_and(|kept| kept.filter == filter && kept.qos == qos)
        });
        same_filters
            && self.filter(at).is_none()
            && self.id() == Some(plan.id)
            && self.connection() == Some(plan.connection)
            && self.version() == plan.version
            && self.tls() == plan.tls
            && self.will() == plan.will
    }

    /// Whether there is a plan: this session has brought a client up, or tried to.
    pub(super) const fn is_made(&self) -> bool {
        self.outline.is_some()
    }

    /// Whether a modem that holds what this plan wants keeps something that another plan does not want, and does not change: a
    /// will, or a subscription.
    pub(super) fn outlives(&self, plan: &Plan<'_>) -> bool {
        let mut at = self.first_filter();
        let mut filters = core::iter::from_fn(|| {
            let kept = self.filter(at)?;
            at = kept.next;
            Some(kept.filter)
        });
        let left = |filter| plan.filters.iter().all(|&(wanted, _)| wanted != filter);
        self.client() == plan.connection.client
            && (self.will().is_some() && plan.will.is_none() || filters.any(left))
    }

    /// The client index.
    pub(super) fn client(&self) -> u8 {
        self.outline.map(|outline| outline.client).unwrap_or_default()
    }

    pub(super) fn version(&self) -> Option<MqttVersion> {
        self.outline?.version
    }

    pub(super) fn id(&self) -> Option<ClientId<'_>> {
        ClientId::new(self.text(self.outline?.id)).ok()
    }

    pub(super) fn connection(&self) -> Option<Connection<'_>> {
        let outline = self.outline.as_ref()?;
        let login = match outline.user {
            Some(user) => Some(Login {
                user: UserName::new(self.text(user)).ok()?,
                password: match outline.password {
                    Some(password) => Some(Password::new(self.bytes(password)).ok()?),
                    None => None,
                },
            }),
            None => None,
        };
        Some(Connection {
            client: outline.client,
            server: ServerAddress::new(self.text(outline.server)).ok()?,
            keep_alive: outline.keep_alive,
            clean_session: outline.clean_session,
            login,
        })
    }

    pub(super) fn will(&self) -> Option<Will<'_>> {
        let (topic, message, qos) = self.outline?.will?;
        Some(Will {
            topic: Topic::new(self.text(topic)).ok()?,
            message: self.bytes(message),
            qos,
        })
    }

    pub(super) fn tls(&self) -> Option<TlsConfig<'_>> {
        let tls = self.outline.as_ref()?.tls.as_ref()?;
        let file = |place: Option<Place>| place.and_then(|place| FileName::new(self.text(place)).ok());
        Some(TlsConfig {
            context: tls.context,
            version: tls.version,
            verify: tls.verify,
            ca: file(tls.ca),
            certificate: file(tls.certificate),
            key: file(tls.key),
            key_password: tls
                .key_password
                .and_then(|place| Quoted::new(self.bytes(place)).ok().map(Secret)),
            server_name: tls.server_name,
            check_clock: tls.check_clock,
            negotiation: tls.negotiation,
        })
    }

    /// Where the first filter is.
    pub(super) fn first_filter(&self) -> usize {
        self.outline
            .map(|outline| outline.filters.start)
            .unwrap_or_default()
    }

    /// The filter at this place; `None` behind the last.
    pub(super) fn filter(&self, at: usize) -> Option<KeptFilter<'_>> {
        let end = self.outline?.filters.end;
        let [low, high, qos] = *self.memory.as_ref().get(at..end)?.first_chunk::<3>()?;
        let start = at.saturating_add(3);
        let next = start.saturating_add(usize::from(u16::from_le_bytes([low, high])));
        Some(KeptFilter {
            filter: TopicFilter::new(self.text(Place { start, end: next })).ok()?,
            qos: QoS::try_from(qos).ok()?,
            next,
        })
    }

    fn bytes(&self, place: Place) -> &[u8] {
        self.memory
            .as_ref()
            .get(place.start..place.end)
            .unwrap_or_default()
    }

    fn text(&self, place: Place) -> &str {
        core::str::from_utf8(self.bytes(place)).unwrap_or_default()
    }
}

impl<M> Debug for Kept<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // There may be a password in it.
        f.debug_struct("Kept")
            .field("client", &self.outline.map(|outline| outline.client))
            .finish_non_exhaustive()
    }
}

struct Writer<'m> {
    memory: &'m mut [u8],
    at: usize,
}

impl Writer<'_> {
    /// Adds a text. The caller has checked that there is room.
    fn put(&mut self, text: &[u8]) -> Place {
        let start = self.at;
        let copied = copy(self.memory.get_mut(start..).unwrap_or_default(), text);
        self.at = start.saturating_add(copied);
        Place { start, end: self.at }
    }

    fn put_filters(&mut self, filters: &[(TopicFilter<'_>, QoS)]) -> Place {
        let start = self.at;
        for (filter, qos) in filters {
            let len = u16::try_from(filter.as_bytes().len()).unwrap_or(u16::MAX);
            let [low, high] = len.to_le_bytes();
            self.put(&[low, high, u8::from(*qos)]);
            self.put(filter.as_bytes());
        }
        Place { start, end: self.at }
    }
}

/// The bytes that a plan's texts take.
fn size(plan: &Plan<'_>) -> usize {
    let login = plan.connection.login;
    let texts = [
        plan.id.as_bytes().len(),
        plan.connection.server.as_bytes().len(),
        login.map_or(0, |login| login.user.as_bytes().len()),
        login
            .and_then(|login| login.password)
            .map_or(0, |password| password.as_bytes().len()),
        plan.will.map_or(0, |will| {
            will.topic.as_bytes().len().saturating_add(will.message.len())
        }),
        plan.tls.map_or(0, |tls| {
            let files = [tls.ca, tls.certificate, tls.key].into_iter().flatten();
            let names = files.map(|name| name.as_bytes().len());
            names
                .chain(tls.key_password.map(|Secret(password)| password.as_bytes().len()))
                .fold(0, usize::saturating_add)
        }),
    ];
    let filters = plan
        .filters
        .iter()
        .map(|(filter, _)| filter.as_bytes().len().saturating_add(3));
    texts.into_iter().chain(filters).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(name: &str) -> TopicFilter<'_> {
        TopicFilter::new(name).unwrap()
    }

    fn file(name: &str) -> Option<FileName<'_>> {
        Some(FileName::new(name).unwrap())
    }

    fn login<'a>(user: &'a str, password: Option<&'a str>) -> Option<Login<'a>> {
        Some(Login {
            user: UserName::new(user).unwrap(),
            password: password.map(|password| Password::new(password).unwrap()),
        })
    }

    fn will<'a>(topic: &'a str, message: &'a [u8], qos: QoS) -> Option<Will<'a>> {
        Some(Will {
            topic: Topic::new(topic).unwrap(),
            message,
            qos,
        })
    }

    const TLS: TlsConfig<'_> = TlsConfig::unverified(0);

    /// A plan that has all that a plan can have.
    fn with_everything<'a>(filters: &'a [(TopicFilter<'a>, QoS)]) -> Plan<'a> {
        Plan {
            id: ClientId::new("id").unwrap(),
            connection: Connection {
                client: 1,
                server: ServerAddress::new("tcp://broker:8883").unwrap(),
                keep_alive: KeepAlive::new(60).unwrap(),
                clean_session: true,
                login: login("user", Some("password")),
            },
            version: Some(MqttVersion::V3_1),
            tls: Some(TlsConfig {
                ca: file("ca.pem"),
                certificate: file("cert.pem"),
                key: file("key.pem"),
                key_password: Some(Secret(Quoted::new("secret").unwrap())),
                ..TLS
            }),
            will: will("gone", b"message", QoS::AtMostOnce),
            filters,
        }
    }

    /// A plan is kept as it was, and whatever differs makes another one of it: what one has connected is no good for the
    /// other.
    #[test]
    fn a_plan_is_known_again_and_no_other_is_taken_for_it() {
        let filters = [(filter("a"), QoS::AtMostOnce), (filter("b/#"), QoS::ExactlyOnce)];
        let plan = with_everything(&filters);
        let mut kept = Kept::new([0; 128]);
        assert!(!kept.is(&plan), "none is kept");
        kept.keep(&plan).unwrap();
        assert!(kept.is(&plan));

        let tls = plan.tls.unwrap();
        let with_connection = |change: fn(&mut Connection<'static>)| {
            let mut connection = with_everything(&[]).connection;
            change(&mut connection);
            Plan { connection, ..plan }
        };
        let with_tls = |tls| Plan {
            tls: Some(tls),
            ..plan
        };
        for other in [
            Plan {
                id: ClientId::new("another").unwrap(),
                ..plan
            },
            Plan {
                version: None,
                ..plan
            },
            Plan {
                version: Some(MqttVersion::V3_1_1),
                ..plan
            },
            with_connection(|connection| connection.client = 0),
            with_connection(|connection| connection.server = ServerAddress::new("tcp://broker").unwrap()),
            with_connection(|connection| connection.keep_alive = KeepAlive::new(61).unwrap()),
            with_connection(|connection| connection.clean_session = false),
            with_connection(|connection| connection.login = None),
            with_connection(|connection| connection.login = login("another", Some("password"))),
            with_connection(|connection| connection.login = login("user", Some("another"))),
            with_connection(|connection| connection.login = login("user", None)),
            Plan { tls: None, ..plan },
            with_tls(TlsConfig { context: 1, ..tls }),
            with_tls(TlsConfig {
                ca: file("another.pem"),
                ..tls
            }),
            with_tls(TlsConfig {
                certificate: None,
                ..tls
            }),
            with_tls(TlsConfig {
                key: file("another.pem"),
                ..tls
            }),
            with_tls(TlsConfig {
                key_password: None,
                ..tls
            }),
            with_tls(TlsConfig {
                negotiation: Some(30),
                ..tls
            }),
            Plan { will: None, ..plan },
            Plan {
                will: will("other", b"message", QoS::AtMostOnce),
                ..plan
            },
            Plan {
                will: will("gone", b"another", QoS::AtMostOnce),
                ..plan
            },
            Plan {
                will: will("gone", b"message", QoS::AtLeastOnce),
                ..plan
            },
            Plan { filters: &[], ..plan },
            Plan {
                filters: &filters[..1],
                ..plan
            },
            Plan {
                filters: &[filters[1], filters[0]],
                ..plan
            },
            Plan {
                filters: &[filters[0], (filter("b/+"), QoS::ExactlyOnce)],
                ..plan
            },
            Plan {
                filters: &[filters[0], (filter("b/#"), QoS::AtLeastOnce)],
                ..plan
            },
            Plan {
                filters: &[filters[0], filters[1], filters[0]],
                ..plan
            },
        ] {
            assert!(!kept.is(&other), "{other:?}");
            kept.keep(&other).unwrap();
            assert!(kept.is(&other) && !kept.is(&plan), "{other:?}");
            kept.keep(&plan).unwrap();
        }
    }

    /// What a plan takes is what is said to be needed, to the byte.
    #[test]
    fn a_plan_fits_into_what_it_needs_and_into_nothing_less() {
        let filters = [(filter("a"), QoS::AtMostOnce), (filter("b/#"), QoS::ExactlyOnce)];
        let plan = with_everything(&filters);
        let texts = "id tcp://broker:8883 user password gone message ca.pem cert.pem key.pem secret a b/#";
        let needed = texts.replace(' ', "").len() + 2 * 3;
        let mut kept = Kept::new(vec![0; needed]);
        kept.keep(&plan).unwrap();
        assert!(kept.is(&plan));
        let mut kept = Kept::new(vec![0; needed - 1]);
        let no_room = RequestError::NoRoomForPlan {
            needed,
            capacity: needed - 1,
        };
        assert_eq!(kept.keep(&plan), Err(no_room));
        assert!(!kept.is(&plan));
    }
}
