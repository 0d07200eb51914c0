//! What a task asks of the modem, as the client's requests, with the texts of the plan.

use at_proto::basic::{Attention, Echo, ErrorFormat, Identify as Identification, Model, Restart};
use at_proto::cmqtt::{Acquire, Configure, Connect, SetSslContext, Setting, Subscribe, SubscribeTopic};
use at_proto::network::{
    Activate, Apn, Attachment, DefineContext, Domain, EnterPin, Eps, Packet, Pin, ReportRegistration,
    ShowAddress, Signal,
};
use at_proto::{Quoted, Read, tls};

use super::Session;
use super::task::{self, Ask, Short};
use crate::connection::Transport;
use crate::request::{RequestError, RequestId};

impl<M: AsRef<[u8]> + AsMut<[u8]>> Session<M> {
    /// Asks the modem, with the texts of the plan.
    pub(super) fn ask(&mut self, ask: Ask) -> Result<RequestId, RequestError> {
        let Self { client, plan, .. } = self;
        let index = plan.client();
        match ask {
            Ask::Attention(doubt) => {
                client.doubt(doubt);
                client.one(&Attention, Some(task::ATTENTION))
            }
            Ask::EchoOff(doubt) => {
                client.doubt(doubt);
                client.command(&Echo::OFF)
            }
            Ask::ErrorWords => client.command(&ErrorFormat::WORDS),
            Ask::Model => client.command(&Model),
            Ask::Identification => client.command(&Identification::default()),
            Ask::PinState => client.command(&Read::<EnterPin<'_>>::new()),
            Ask::EnterPin => {
                let pin = self.access.pin.as_ref().map_or("", Short::as_str);
                let pin = Pin::new(pin).map_err(|_| LOST)?;
                client.command(&EnterPin {
                    pin: pin.secret(),
                    new_pin: None,
                })
            }
            Ask::Contexts => client.command(&Read::<DefineContext<'_>>::new()),
            Ask::DefineContext => {
                let apn = self.access.apn.as_ref().map_or("", Short::as_str);
                let apn = Apn::new(apn).map_err(|_| LOST)?;
                let kind = Quoted::new("IP").map_err(|_| LOST)?;
                client.command(&DefineContext::new(1, kind, apn.quoted()))
            }
            Ask::Registration(Domain::Eps) => client.command(&Read::<ReportRegistration<Eps>>::new()),
            Ask::Registration(_) => client.command(&Read::<ReportRegistration<Packet>>::new()),
            Ask::Signal => client.command(&Signal),
            Ask::Attachment => client.command(&Read::<Attachment>::new()),
            Ask::Attach => client.one(&Attachment { state: 1 }, Some(task::ATTACH)),
            Ask::Address => client.command(&ShowAddress { cid: Some(1) }),
            Ask::Activate => client.one(
                &Activate {
                    state: 1,
                    cid: Some(1),
                },
                Some(task::ATTACH),
            ),
            Ask::Acquired => client.command(&Read::<Acquire<'_>>::new()),
            Ask::Start => client.start(),
            Ask::Stop => client.stop(),
            Ask::Limits => client.learn_limits(),
            Ask::State(index) => client.connection_state(index),
            Ask::Connections => client.command(&Read::<Connect<'_>>::new()),
            Ask::ChosenTls => client.command(&Read::<SetSslContext>::new()),
            Ask::TlsContexts => client.command(&Read::<tls::Configure<'_>>::new()),
            Ask::Tls(number) => {
                let tls = plan.tls().ok_or(LOST)?;
                client.command(&tls::Configure {
                    context: tls.context,
                    setting: tls.setting(number).ok_or(LOST)?,
                })
            }
            Ask::Acquire(version) => {
                let transport = match plan.tls() {
                    Some(_) => Transport::Tls,
                    None => Transport::Tcp,
                };
                client.acquire_as(index, plan.id().ok_or(LOST)?, transport, version)
            }
            Ask::Version(version) => client.configure(&Configure {
                client: index,
                setting: Setting::Version(version.level()),
            }),
            Ask::ChooseTls => client.use_ssl_context(index, plan.tls().ok_or(LOST)?.context),
            Ask::Will => {
                let will = plan.will().ok_or(LOST)?;
                client.set_will(index, will.topic, will.message, will.qos)
            }
            Ask::Connect => client.connect(&plan.connection().ok_or(LOST)?),
            Ask::Subscribe(at) => {
                let kept = plan.filter(at).ok_or(LOST)?;
                client.subscribe(index, kept.filter, kept.qos)
            }
            Ask::SubscribeTopic(at) => {
                let kept = plan.filter(at).ok_or(LOST)?;
                client.command(&SubscribeTopic::with(
                    index,
                    kept.filter.as_bytes(),
                    kept.qos.into(),
                ))
            }
            Ask::SubscribeCached => client.command(&Subscribe::Cached {
                client: index,
                dup: None,
            }),
            Ask::Disconnect(index) => {
                let timeout = task::disconnect_timeout(client.config());
                client.disconnect(index, timeout)
            }
            Ask::Release(index) => client.release(index),
            Ask::Restart => client.command(&Restart),
        }
    }
}

/// A text of the plan that is not there, or is not what it was when it was kept.
const LOST: RequestError = RequestError::Incomplete {
    what: "a text of the plan",
};
