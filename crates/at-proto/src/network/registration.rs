//! `AT+CREG`, `AT+CGREG`, `AT+CEREG`: is the modem registered with a network?

use core::fmt::{self, Debug, Display, Formatter};
use core::marker::PhantomData;

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::escape::Escaped;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};
use crate::value_range::ValueRange;

use super::Text;

/// Sets whether changes of the registration are reported unasked (3GPP TS 27.007, sections 7.2, 10.1.20, 10.1.22). The
/// read form, answered by a [`Registration`], says what it is now: `Read::<ReportRegistration<Eps>>::new()`.
#[doc(alias = "AT+CREG")]
#[doc(alias = "AT+CGREG")]
#[doc(alias = "AT+CEREG")]
pub struct ReportRegistration<D> {
    /// 0 for no reports, 1 for changes of the state, 2 for changes of the cell too; more on newer modems.
    pub n: u8,
    domain: PhantomData<fn(D)>,
}

/// `+CREG: <n>,<stat>[,"lac","ci"[,<AcT>…]]`, the read answer, or the same without `<n>`, the URC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Registration<'a> {
    /// Which of the three.
    pub domain: Domain,
    /// What is reported unasked; `None` in a report.
    pub n: Option<u8>,
    /// The state.
    pub state: RegistrationState,
    /// Where, if the modem says it.
    pub cell: Option<Cell<'a>>,
    /// What follows, as the modem printed it: the family decides.
    pub tail: &'a [u8],
}

/// The cell that the modem is registered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The location or tracking area code, in hexadecimal.
    pub area: Text<'a>,
    /// The cell's identity, in hexadecimal.
    pub id: Text<'a>,
    /// The radio technology: 0 GSM, 2 UTRAN, 7 LTE, 9 NB-IoT, and others.
    pub technology: Option<u8>,
}

/// `<stat>` (3GPP TS 27.007, section 7.2). The set is closed: numbers without a meaning stay
/// [`RegistrationState::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistrationState {
    /// 0: not registered, and not searching.
    NotRegistered,
    /// 1: registered with the home network.
    Home,
    /// 2: searching.
    Searching,
    /// 3: the network refused.
    Denied,
    /// 4: unknown, such as out of coverage.
    Unknown,
    /// 5: registered with another network.
    Roaming,
    /// 6: registered with the home network for SMS only.
    SmsOnly,
    /// 7: registered with another network for SMS only.
    SmsOnlyRoaming,
    /// 8: emergency calls only.
    EmergencyOnly,
    /// 9: registered with the home network, CSFB not preferred.
    HomeNoCsfb,
    /// 10: registered with another network, CSFB not preferred.
    RoamingNoCsfb,
    /// 11: attached for emergency calls or restricted local operator services (RLOS).
    Restricted,
    /// Any other number.
    Other(u8),
}

/// The three services that a modem registers for, each with a command of its own. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `+CREG`: circuit switched, calls and messages.
    Circuit,
    /// `+CGREG`: packet switched, 2G and 3G.
    Packet,
    /// `+CEREG`: the packet system of LTE and NB-IoT.
    Eps,
}

/// A type that stands for a [`Domain`].
pub trait RegistrationDomain {
    /// Which one.
    const DOMAIN: Domain;
}

/// `+CREG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circuit;

/// `+CGREG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet;

/// `+CEREG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eps;

impl<D> ReportRegistration<D> {
    /// The command with this `<n>`.
    pub const fn new(n: u8) -> Self {
        Self {
            n,
            domain: PhantomData,
        }
    }
}

impl RegistrationState {
    /// The state with this number.
    pub const fn new(stat: u8) -> Self {
        match stat {
            0 => Self::NotRegistered,
            1 => Self::Home,
            2 => Self::Searching,
            3 => Self::Denied,
            4 => Self::Unknown,
            5 => Self::Roaming,
            6 => Self::SmsOnly,
            7 => Self::SmsOnlyRoaming,
            8 => Self::EmergencyOnly,
            9 => Self::HomeNoCsfb,
            10 => Self::RoamingNoCsfb,
            11 => Self::Restricted,
            other => Self::Other(other),
        }
    }

    /// The number.
    pub const fn number(&self) -> u8 {
        match *self {
            Self::NotRegistered => 0,
            Self::Home => 1,
            Self::Searching => 2,
            Self::Denied => 3,
            Self::Unknown => 4,
            Self::Roaming => 5,
            Self::SmsOnly => 6,
            Self::SmsOnlyRoaming => 7,
            Self::EmergencyOnly => 8,
            Self::HomeNoCsfb => 9,
            Self::RoamingNoCsfb => 10,
            Self::Restricted => 11,
            Self::Other(number) => number,
        }
    }

    /// Whether data can flow: at home or roaming.
    pub const fn is_registered(&self) -> bool {
        matches!(
            self,
            Self::Home | Self::Roaming | Self::HomeNoCsfb | Self::RoamingNoCsfb
        )
    }

    /// Whether the network serves this SIM, but not with data: SMS, emergency calls or RLOS only.
    pub const fn is_without_data(&self) -> bool {
        matches!(
            self,
            Self::SmsOnly | Self::SmsOnlyRoaming | Self::EmergencyOnly | Self::Restricted
        )
    }
}

impl Domain {
    /// The command's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Circuit => "+CREG",
            Self::Packet => "+CGREG",
            Self::Eps => "+CEREG",
        }
    }
}

impl RegistrationDomain for Circuit {
    const DOMAIN: Domain = Domain::Circuit;
}

impl RegistrationDomain for Packet {
    const DOMAIN: Domain = Domain::Packet;
}

impl RegistrationDomain for Eps {
    const DOMAIN: Domain = Domain::Eps;
}

impl<D: RegistrationDomain> Encode for ReportRegistration<D> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(D::DOMAIN.name()).text("=").number(self.n);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(D::DOMAIN.name())
    }
}

impl<D: RegistrationDomain> Command for ReportRegistration<D> {
    const NAME: &'static str = D::DOMAIN.name();
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(D::DOMAIN.name())
    }
}

impl<D: RegistrationDomain> Parse<'_> for ReportRegistration<D> {
    const NAME: &'static str = D::DOMAIN.name();

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let n = fields.number("<n>")?;
        fields.end()?;
        Ok(Self::new(n))
    }
}

impl<D: RegistrationDomain> Readable for ReportRegistration<D> {
    const NAME: &'static str = D::DOMAIN.name();
    /// Not the URC of the same name, which may come while the answer is awaited.
    const INFO: InfoShape = InfoShape::Named(D::DOMAIN.name(), |rest| {
        let mut fields = Fields::new(rest);
        fields.number::<u8>("<n>").is_ok() && second_state(&mut fields).is_some()
    });
    type Reply<'a> = Registration<'a>;

    fn decode_read(info: InfoLines<'_>) -> Result<Registration<'_>, DecodeError> {
        let name = D::DOMAIN.name();
        let registration: Registration<'_> = info.one(name)?;
        if registration.domain != D::DOMAIN || registration.n.is_none() {
            return Err(DecodeError::MissingLine { name });
        }
        Ok(registration)
    }
}

impl<D: RegistrationDomain> Testable for ReportRegistration<D> {
    const NAME: &'static str = D::DOMAIN.name();
    const INFO: InfoShape = InfoShape::ranges(D::DOMAIN.name());
    type Reply<'a> = ValueRange<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<ValueRange<Self>, DecodeError> {
        info.one(D::DOMAIN.name())
    }
}

impl<'a> Information<'a> for Registration<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let domain = match line.trim_ascii_start() {
            [b'+', b'C', b'G', ..] => Domain::Packet,
            [b'+', b'C', b'E', ..] => Domain::Eps,
            _ => Domain::Circuit,
        };
        let mut fields = Fields::of(line, domain.name())?;
        let first = fields.number("<stat>")?;
        let (n, state) = match second_state(&mut fields) {
            Some(state) => (Some(first), state),
            None => (None, first),
        };
        let cell = Cell::decode(&mut fields);
        let tail = if fields.more() {
            fields.remainder("the line's end")?.trim_ascii_end()
        } else {
            fields.end()?;
            &[]
        };
        Ok(Self {
            domain,
            n,
            state: RegistrationState::new(state),
            cell,
            tail,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(self.domain.name()).text(": ");
        if let Some(n) = self.n {
            out.number(n).text(",");
        }
        out.number(self.state.number());
        if let Some(cell) = self.cell {
            cell.area.emit(out.text(","));
            cell.id.emit(out.text(","));
            if let Some(technology) = cell.technology {
                out.then(technology);
            }
        }
        if !self.tail.is_empty() {
            out.text(",").remainder(self.tail);
        }
    }
}

impl<'a> Cell<'a> {
    /// The two or three fields, if they are there.
    fn decode(fields: &mut Fields<'a>) -> Option<Self> {
        let mut ahead = fields.clone();
        let area = Text::decode(&mut ahead, "<lac>").ok()?;
        let id = Text::decode(&mut ahead, "<ci>").ok()?;
        *fields = ahead.clone();
        let technology = ahead.number("<AcT>").ok();
        if technology.is_some() {
            *fields = ahead;
        }
        Some(Self { area, id, technology })
    }
}

/// `<stat>` in the second place: one or two bare digits. An area code, also a bare one, has four.
fn second_state(fields: &mut Fields<'_>) -> Option<u8> {
    let mut ahead = fields.clone();
    let word = ahead.word("<stat>").ok().filter(|word| word.len() <= 2)?;
    let mut digits = Fields::new(word);
    let state = digits.number("<stat>").ok()?;
    digits.end().ok()?;
    *fields = ahead;
    Some(state)
}

impl Display for RegistrationState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRegistered => "not registered",
            Self::Home => "registered, home network",
            Self::Searching => "searching",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Roaming => "registered, roaming",
            Self::SmsOnly => "registered for SMS only, home network",
            Self::SmsOnlyRoaming => "registered for SMS only, roaming",
            Self::EmergencyOnly => "emergency calls only",
            Self::HomeNoCsfb => "registered, home network, CSFB not preferred",
            Self::RoamingNoCsfb => "registered, roaming, CSFB not preferred",
            Self::Restricted => "attached for emergency calls or RLOS only (state 11)",
            Self::Other(number) => return write!(f, "state {number}"),
        })
    }
}

impl Debug for Registration<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("domain", &self.domain)
            .field("n", &self.n)
            .field("state", &self.state)
            .field("cell", &self.cell)
            .field("tail", &Escaped(self.tail))
            .finish()
    }
}

impl<D> Clone for ReportRegistration<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for ReportRegistration<D> {}

impl<D> PartialEq for ReportRegistration<D> {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}

impl<D> Eq for ReportRegistration<D> {}

impl<D: RegistrationDomain> Debug for ReportRegistration<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "AT{}={}", D::DOMAIN.name(), self.n)
    }
}
