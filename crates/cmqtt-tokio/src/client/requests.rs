//! What the modem itself offers, a method each.

use cmqtt_core::at_proto::Command;
use cmqtt_core::at_proto::cmqtt::{ClientId, Configure, QoS, Topic, TopicFilter};
use cmqtt_core::{Connection, Limits, Publication, Transport};
use cmqtt_host::{Error, Modem, Outcome, is_connected};

use super::Client;

/// One call asks for one thing and is ready when that has ended, in the time that the manual gives the modem at most.
impl Client {
    /// Starts the MQTT service, which activates the PDP context.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn start(&self) -> Result<(), Error> {
        self.ask("start", None, Modem::start).await
    }

    /// Stops the MQTT service. The modem refuses while a client is held.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn stop(&self) -> Result<(), Error> {
        self.ask("stop", None, Modem::stop).await
    }

    /// Acquires a client: before anything else that names it.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn acquire(&self, client: u8, id: ClientId<'_>, transport: Transport) -> Result<(), Error> {
        self.ask("acquire", Some(client), |machine| {
            machine.acquire(client, id, transport)
        })
        .await
    }

    /// Releases a client that is disconnected.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn release(&self, client: u8) -> Result<(), Error> {
        self.ask("release", Some(client), |machine| machine.release(client))
            .await
    }

    /// Sets one of a client's options, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn configure(&self, configure: &Configure) -> Result<(), Error> {
        self.ask("configure", Some(configure.client), |machine| {
            machine.configure(configure)
        })
        .await
    }

    /// Chooses the TLS context for a client's next connect.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn use_ssl_context(&self, client: u8, context: u8) -> Result<(), Error> {
        self.ask("use_ssl_context", Some(client), |machine| {
            machine.use_ssl_context(client, context)
        })
        .await
    }

    /// Gives a client its will, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn set_will(
        &self,
        client: u8,
        topic: Topic<'_>,
        message: &[u8],
        qos: QoS,
    ) -> Result<(), Error> {
        self.ask("set_will", Some(client), |machine| {
            machine.set_will(client, topic, message, qos)
        })
        .await
    }

    /// Connects a client to a broker.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn connect(&self, connection: &Connection<'_>) -> Result<(), Error> {
        self.ask("connect", Some(connection.client), |machine| {
            machine.connect(connection)
        })
        .await
    }

    /// Disconnects a client, giving the modem so many seconds; 0 sets no timeout.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn disconnect(&self, client: u8, timeout: u32) -> Result<(), Error> {
        self.ask("disconnect", Some(client), |machine| {
            machine.disconnect(client, timeout)
        })
        .await
    }

    /// Whether a client is connected, by the modem's own word. `false` for one that the modem does not list.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. This one changes nothing.
    pub async fn is_connected(&self, client: u8) -> Result<bool, Error> {
        let end = self
            .end_of("is_connected", Some(client), |machine| {
                machine.client()?.connection_state(client)
            })
            .await?;
        is_connected(client, self.end(end)?.lines())
    }

    /// Publishes a message: topic, payload, then the publish itself. Once the modem is told to publish, it ends in one
    /// of three [`Outcome`]s: delivered, refused, unknown. Unknown is also one whose port failed before its end came;
    /// the handle's next call tells why.
    ///
    /// # Errors
    /// Nothing was published: [`Error::Request`] when nothing was sent; [`Error::Failed`] when the modem did not take
    /// the topic or the payload; [`Error::Port`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. A publish that was dropped is published all the same if its turn had come.
    pub async fn publish(&self, publication: &Publication<'_>) -> Result<Outcome, Error> {
        let end = self
            .end_of("publish", Some(publication.client), |machine| {
                machine.client()?.publish(publication)
            })
            .await?;
        if let Err(failure) = &end
            && let Some(outcome) = Outcome::of(*failure)
        {
            return Ok(outcome);
        }
        self.end(end).map(|_| Outcome::Delivered)
    }

    /// Subscribes to a topic filter. The modem does not tell the quality of service that the broker granted.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn subscribe(&self, client: u8, filter: TopicFilter<'_>, qos: QoS) -> Result<(), Error> {
        self.ask("subscribe", Some(client), |machine| {
            machine.subscribe(client, filter, qos)
        })
        .await
    }

    /// Unsubscribes from a topic filter.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn unsubscribe(&self, client: u8, filter: TopicFilter<'_>) -> Result<(), Error> {
        self.ask("unsubscribe", Some(client), |machine| {
            machine.unsubscribe(client, filter)
        })
        .await
    }

    /// Asks the modem for its ranges and uses them from then on: what firmware takes differs from its manual.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. What was dropped is learned all the same if its turn had come.
    pub async fn learn_limits(&self) -> Result<Limits, Error> {
        self.ask("learn_limits", None, Modem::learn_limits).await?;
        Ok(self.limits())
    }

    /// Sends any command, ours or another driver's, and hands its decoded answer to `read`, which keeps what it needs.
    ///
    /// ```no_run
    /// # async fn strength() -> Result<(), cmqtt_tokio::Error> {
    /// # use cmqtt_tokio::{at_proto::network::Signal, Client, Config};
    /// let modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
    /// let strength = modem.command(&Signal, |quality| quality.dbm()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As every request: [`Error`]; [`Error::Answer`] when the answer is not what the manual says.
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn command<C: Command, T>(
        &self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, Error> {
        let end = self
            .end_of(C::NAME, None, |machine| machine.client()?.command(command))
            .await?;
        let answer = self.end(end)?;
        Ok(read(command.decode(answer.lines())?))
    }
}
