//! What can be asked of the client. Each request is taken whole or refused whole, and what it needs is copied.

use core::time::Duration;

use at_proto::cmqtt::{
    Acquire, ClientId, Configure, Connect, Credentials, Disconnect, Publish, QoS, Release, SetSslContext,
    SetWillMessage, SetWillTopic, Start, Stop, Subscribe, Topic, TopicFilter, Unsubscribe,
};
use at_proto::tls::{FileName, StoreFile};
use at_proto::{Encode, Exchange, MqttVersion, Ranges, ResultLine, encode_line};

use super::{Client, Running};
use crate::connection::{Connection, Login, Transport};
use crate::flow::{AskState, File, Flow, LearnLimits, One, Publish as PublishFlow, Will};
use crate::publication::Publication;
use crate::request::{RequestError, RequestId};

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Starts the MQTT service, which activates the PDP context.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`].
    pub fn start(&mut self) -> Result<RequestId, RequestError> {
        self.one(&Start { context: None }, Some(self.config.service_budget))
    }

    /// Stops the MQTT service. The modem refuses while a client is held.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`].
    pub fn stop(&mut self) -> Result<RequestId, RequestError> {
        self.one(&Stop, Some(self.config.service_budget))
    }

    /// Acquires a client: before anything else that names it.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index or the identifier's length.
    pub fn acquire(
        &mut self,
        client: u8,
        id: ClientId<'_>,
        transport: Transport,
    ) -> Result<RequestId, RequestError> {
        self.acquire_as(client, id, transport, None)
    }

    /// The same with a version of MQTT, which SIM7500/7600 alone takes here.
    ///
    /// # Errors
    /// As [`Client::acquire`].
    pub fn acquire_as(
        &mut self,
        client: u8,
        id: ClientId<'_>,
        transport: Transport,
        version: Option<MqttVersion>,
    ) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        self.check_client_id(id)?;
        let server_type = match transport {
            Transport::Tcp => None,
            Transport::Tls => Some(1),
        };
        self.one(
            &Acquire {
                client,
                id: id.quoted(),
                server_type,
                version: version.map(MqttVersion::level),
            },
            None,
        )
    }

    /// Releases a client, after it was disconnected.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index.
    pub fn release(&mut self, client: u8) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        self.one(&Release { client }, None)
    }

    /// Sets one of the client's options, between ACCQ and CONNECT. REL wipes it.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index.
    pub fn configure(&mut self, configure: &Configure) -> Result<RequestId, RequestError> {
        self.check_client(configure.client)?;
        self.one(configure, None)
    }

    /// Chooses the TLS context for the client's next CONNECT. DISC and a failed CONNECT wipe it.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index or the context.
    pub fn use_ssl_context(&mut self, client: u8, context: u8) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        check(
            "the TLS context",
            u32::from(context),
            self.config.limits.ssl_context,
        )?;
        self.one(&SetSslContext { client, context }, None)
    }

    /// Gives the client a will, between ACCQ and CONNECT.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::NoRoom`]; [`RequestError::OutOfRange`] for a length.
    pub fn set_will(
        &mut self,
        client: u8,
        topic: Topic<'_>,
        message: &[u8],
        qos: QoS,
    ) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        let (topic_len, len) = self.check_will(topic, message)?;
        let flow = Will::new(
            SetWillTopic {
                client,
                len: topic_len,
            },
            SetWillMessage {
                client,
                len,
                qos: qos.into(),
            },
        );
        self.begin(Flow::Will(flow), None, [topic.as_bytes(), message])
    }

    /// Connects a client to a broker.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`]; [`RequestError::OutOfRange`] for the client index, the
    /// address' length or the keep-alive time.
    pub fn connect(&mut self, connection: &Connection<'_>) -> Result<RequestId, RequestError> {
        let &Connection {
            client,
            server,
            keep_alive,
            clean_session,
            login,
        } = connection;
        self.check_client(client)?;
        self.check_connection(connection)?;
        let connect = Connect {
            client,
            server: server.quoted(),
            keep_alive: keep_alive.as_secs(),
            clean_session: u8::from(clean_session),
            credentials: login.map(|Login { user, password }| Credentials {
                user: user.quoted(),
                password: password.map(|password| password.secret()),
            }),
        };
        let budget = connect.dialogue().budget.saturating_add(self.config.negotiation);
        self.one(&connect, Some(budget))
    }

    /// Disconnects the client, giving the modem so many seconds; 0 sets no timeout.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`]; [`RequestError::OutOfRange`] for the client index or the
    /// timeout.
    pub fn disconnect(&mut self, client: u8, timeout: u32) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        check(
            "the disconnect timeout",
            timeout,
            self.config.limits.disconnect_timeout,
        )?;
        self.one(
            &Disconnect {
                client,
                timeout: Some(timeout),
            },
            None,
        )
    }

    /// Asks whether clients are connected: the information lines are
    /// [`ConnectionState`](at_proto::cmqtt::ConnectionState)s. While the result of an earlier DISC is owed, the
    /// modem is asked until two answers in a row say the same of this client.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index.
    pub fn connection_state(&mut self, client: u8) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        let disconnect = Disconnect {
            client,
            timeout: None,
        }
        .dialogue()
        .result;
        let doubtful =
            disconnect.is_some_and(|result| self.late.owed_until(result, self.clock.now()).is_some());
        self.begin(Flow::AskState(AskState::new(client, doubtful)), None, [&[], &[]])
    }

    /// Publishes a message. Its end has three kinds: delivered ([`Event::Done`](crate::Event::Done)), refused with a
    /// code, and unknown ([`Failure::is_unknown`](crate::Failure::is_unknown)): PUB was sent, and its end did not
    /// come.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`], [`RequestError::NoRoom`],
    /// [`RequestError::EmptyPayload`]; [`RequestError::OutOfRange`] for a length or the timeout.
    pub fn publish(&mut self, publication: &Publication<'_>) -> Result<RequestId, RequestError> {
        let &Publication {
            client,
            topic,
            payload,
            qos,
            retain,
            timeout,
        } = publication;
        self.check_publication(publication)?;
        if payload.is_empty() && self.line.payload_left {
            return Err(RequestError::PayloadLeft);
        }
        let publish = Publish {
            client,
            qos: qos.into(),
            timeout,
            retained: retain.then_some(1),
            dup: None,
        };
        let result = publish.dialogue().result;
        let flow = PublishFlow::new(topic.as_bytes().len(), payload.len(), publish);
        self.begin(Flow::Publish(flow), result, [topic.as_bytes(), payload])
    }

    /// Subscribes to a topic filter. The modem does not tell the quality of service that the broker granted.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`], [`RequestError::NoRoom`]; [`RequestError::OutOfRange`]
    /// for the client index or the filter's length.
    pub fn subscribe(
        &mut self,
        client: u8,
        filter: TopicFilter<'_>,
        qos: QoS,
    ) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        check_len(
            "the topic filter's length",
            filter.as_bytes(),
            self.config.limits.filter_len,
        )?;
        self.one(&Subscribe::with(client, filter.as_bytes(), qos.into()), None)
    }

    /// Unsubscribes from a topic filter.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn unsubscribe(&mut self, client: u8, filter: TopicFilter<'_>) -> Result<RequestId, RequestError> {
        self.check_client(client)?;
        check_len(
            "the topic filter's length",
            filter.as_bytes(),
            self.config.limits.filter_len,
        )?;
        self.one(&Unsubscribe::with(client, filter.as_bytes()), None)
    }

    /// Asks the modem for its ranges by the test forms, and uses them from then on. A test form that the modem does
    /// not know changes nothing.
    ///
    /// # Errors
    /// [`RequestError::Busy`].
    pub fn learn_limits(&mut self) -> Result<RequestId, RequestError> {
        self.begin(Flow::LearnLimits(LearnLimits::new()), None, [&[], &[]])
    }

    /// Sees to it that the modem holds a certificate or a key under this name: stores it unless the name is listed, and
    /// looks whether it is then. A list has names only, so let the name tell what is in the file.
    ///
    /// An upload that broke off leaves a modem that waits for the rest, and what makes up for that stands under the file's
    /// name in the end. A client that has seen this happen, to its own upload or to one of before, goes by no list any
    /// more: it deletes and stores. One that has not cannot tell; CONNECT answers 32 or 33 then, and deleting helps.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::NoRoom`]; [`RequestError::OutOfRange`] for a file that is empty or has more
    /// than 10240 bytes.
    pub fn provide_file(&mut self, name: FileName<'_>, file: &[u8]) -> Result<RequestId, RequestError> {
        let len = check_len("the file's length", file, StoreFile::LEN)?;
        let flow = File::new(name.as_bytes().len(), len, self.line.file_made_up);
        self.begin(Flow::File(flow), None, [name.as_bytes(), file])
    }

    /// Sends any command, ours or another driver's. Its information lines come with the
    /// [`Event::Done`](crate::Event::Done) that ends it.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::LateResult`], [`RequestError::NoRoom`], [`RequestError::Encode`];
    /// [`RequestError::DataLength`] when the data are not as long as the dialogue says.
    pub fn command(&mut self, command: &dyn Encode) -> Result<RequestId, RequestError> {
        self.one(command, None)
    }

    pub(crate) fn one(
        &mut self,
        command: &dyn Encode,
        budget: Option<Duration>,
    ) -> Result<RequestId, RequestError> {
        let mut dialogue = command.dialogue();
        if let Some(budget) = budget {
            dialogue.budget = budget;
        }
        let data = command.data();
        let announced = dialogue.prompt.map_or(0, |len| len as usize);
        if announced != data.len() {
            return Err(RequestError::DataLength {
                announced,
                len: data.len(),
            });
        }
        self.check_free(dialogue.result)?;
        self.check_room(data.len())?;
        let line_len = encode_line(command, self.outgoing.line_room())?.len();
        let flow = One {
            line_len,
            dialogue,
            data_len: data.len(),
        };
        self.take(Flow::One(flow), [data, &[]])
    }

    /// Takes a request that ends with this result URC, if it has one, and if there is room.
    fn begin(
        &mut self,
        flow: Flow,
        result: Option<ResultLine>,
        data: [&[u8]; 2],
    ) -> Result<RequestId, RequestError> {
        self.check_free(result)?;
        let [first, second] = data;
        self.check_room(first.len().saturating_add(second.len()))?;
        self.take(flow, data)
    }

    /// Takes a request that can be taken.
    fn take(&mut self, flow: Flow, data: [&[u8]; 2]) -> Result<RequestId, RequestError> {
        self.outgoing.keep(data);
        let step = self.outgoing.write(&flow)?;
        let id = self.take_id();
        let exchange = Exchange::new(step.dialogue, self.line.echo);
        self.running = Some(Running {
            id,
            flow,
            exchange,
            data: step.data,
            probes: None,
            busy_until: None,
        });
        self.transmit_in_step(step);
        Ok(id)
    }

    fn check_free(&self, result: Option<ResultLine>) -> Result<(), RequestError> {
        if self.is_busy() {
            return Err(RequestError::Busy);
        }
        match result.and_then(|result| Some((result.name, self.late.owed_until(result, self.clock.now())?))) {
            Some((command, until)) => Err(RequestError::LateResult { command, until }),
            None => Ok(()),
        }
    }

    fn check_room(&self, needed: usize) -> Result<(), RequestError> {
        match self.outgoing.data_capacity() {
            capacity if capacity < needed => Err(RequestError::NoRoom { needed, capacity }),
            _ => Ok(()),
        }
    }

    pub(crate) fn check_client(&self, client: u8) -> Result<(), RequestError> {
        check("the client index", u32::from(client), self.config.limits.client)
    }

    pub(super) fn check_client_id(&self, id: ClientId<'_>) -> Result<(), RequestError> {
        let allowed = self.config.limits.client_id_len;
        check_len("the client identifier's length", id.as_bytes(), allowed).map(|_| ())
    }

    pub(super) fn check_connection(&self, connection: &Connection<'_>) -> Result<(), RequestError> {
        let limits = &self.config.limits;
        check_len(
            "the server address' length",
            connection.server.as_bytes(),
            limits.server_len,
        )?;
        check(
            "the keep-alive time",
            connection.keep_alive.as_secs(),
            limits.keep_alive,
        )
    }

    /// Whether this modem takes such a message.
    pub(crate) fn check_publication(&self, publication: &Publication<'_>) -> Result<(), RequestError> {
        let limits = &self.config.limits;
        let (topic, payload) = (publication.topic.as_bytes(), publication.payload);
        self.check_client(publication.client)?;
        check_len("the topic's length", topic, limits.topic_len)?;
        match payload {
            [] if self.config.quirks.empty_payload => {}
            [] => return Err(RequestError::EmptyPayload),
            _ => {
                check_len("the payload's length", payload, limits.payload_len)?;
            }
        }
        check("the publish timeout", publication.timeout, limits.publish_timeout)?;
        self.check_room(topic.len().saturating_add(payload.len()))
    }

    /// The lengths of topic and message.
    pub(super) fn check_will(&self, topic: Topic<'_>, message: &[u8]) -> Result<(u32, u32), RequestError> {
        let limits = &self.config.limits;
        Ok((
            check_len("the will topic's length", topic.as_bytes(), limits.will_topic_len)?,
            check_len("the will message's length", message, limits.will_message_len)?,
        ))
    }
}

pub(super) fn check(what: &'static str, value: u32, allowed: Ranges) -> Result<(), RequestError> {
    if allowed.contains(value) {
        Ok(())
    } else {
        Err(RequestError::OutOfRange { what, value, allowed })
    }
}

pub(super) fn check_len(what: &'static str, text: &[u8], allowed: Ranges) -> Result<u32, RequestError> {
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
    check(what, len, allowed).map(|()| len)
}
