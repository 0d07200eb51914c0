//! What can go wrong, in words that say what to do.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

use cmqtt_core::at_proto::cmqtt::ResultCode;
use cmqtt_core::at_proto::{DecodeError, Refusal, bare_error_cause};
use cmqtt_core::{Cause, Failure, RequestError};

#[cfg(feature = "ports")]
use crate::PortHolder;

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The port cannot be opened.
    Open {
        /// The port's path.
        path: String,
        /// What the operating system says.
        source: io::Error,
        /// The program that has the port, where it is in use and the system says by whom.
        #[cfg(feature = "ports")]
        holder: Option<PortHolder>,
    },
    /// The port failed. The request that ran has ended with it, and whether it was carried out is not known. Later ones
    /// are taken, and succeed if the port works again, or another has taken its place: `replace_port`, or `reopen_with`,
    /// which does so by itself.
    Port(io::Error),
    /// The request was not sent: a value that this modem does not take, or a command that has to wait.
    Request(RequestError),
    /// The modem refused, did not answer in time, or restarted.
    Failed(Failure),
    /// The modem's answer is not what the manual says.
    Answer(DecodeError),
    /// The client that was kept cannot be connected, and is kept no more; why the last attempt failed.
    GaveUp(Failure),
    /// So many messages were taken to be delivered and their ends not read that no other is taken:
    /// [`Memory::ends`](crate::Memory::ends). Read events first.
    EndsUnread(usize),
}

impl Error {
    /// Why a serial port could not be opened, as `serialport` tells it.
    #[cfg(feature = "ports")]
    #[must_use]
    pub fn open(path: &str, error: &serialport::Error) -> Self {
        Self::not_open(path, crate::ports::cause(error))
    }

    /// A port that another program has.
    #[cfg(all(feature = "ports", unix))]
    pub(crate) fn in_use(path: &str) -> Self {
        Self::not_open(path, io::Error::new(io::ErrorKind::ResourceBusy, "it is in use"))
    }

    #[cfg(feature = "ports")]
    fn not_open(path: &str, source: io::Error) -> Self {
        let is_busy = source.kind() == io::ErrorKind::ResourceBusy;
        Self::Open {
            path: path.to_owned(),
            holder: is_busy.then(|| PortHolder::of(path.as_ref())).flatten(),
            source,
        }
    }

    /// Whether the port cannot be opened because another program has it.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Open { source, .. } if source.kind() == io::ErrorKind::ResourceBusy)
    }

    /// The modem's result code, if it gave one.
    pub const fn code(&self) -> Option<ResultCode> {
        match self {
            Self::Failed(failure) | Self::GaveUp(failure) => failure.code(),
            _ => None,
        }
    }

    fn explain(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Self::Failed(failure) | Self::GaveUp(failure)) = self else {
            return Ok(());
        };
        match failure.cause {
            // What was seen says more than the code.
            Cause::NoAddress(..) => Ok(()),
            Cause::Refused(Refusal::Error) => match bare_error_cause(failure.command) {
                Some(cause) => write!(f, " (likely: {cause})"),
                None => Ok(()),
            },
            _ => failure.code().map_or(Ok(()), |code| {
                write!(
                    f,
                    " ({}; {}; {})",
                    code.meaning(),
                    code.likely_cause(),
                    code.remedy()
                )
            }),
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "ports")]
            Self::Open {
                path,
                source,
                holder: Some(holder),
            } => write!(f, "{path} cannot be opened: {source}; {holder}: close that first"),
            Self::Open { path, source, .. } => {
                write!(f, "{path} cannot be opened: {source}{}", advice(source))
            }
            Self::Port(source) => write!(f, "the port failed: {source}"),
            Self::Request(error) => write!(f, "not sent: {error}"),
            Self::Failed(failure) => {
                write!(f, "{failure}")?;
                self.explain(f)
            }
            Self::GaveUp(failure) => {
                write!(f, "gave up to connect: {failure}")?;
                self.explain(f)
            }
            Self::EndsUnread(most) => write!(f, "the ends of {most} messages were not read yet"),
            Self::Answer(error) => write!(f, "the modem's answer cannot be read: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Port(source) => Some(source),
            Self::Request(error) => Some(error),
            Self::Failed(failure) | Self::GaveUp(failure) => Some(failure),
            Self::EndsUnread(_) => None,
            Self::Answer(error) => Some(error),
        }
    }
}

impl From<io::Error> for Error {
    /// What a port says.
    fn from(error: io::Error) -> Self {
        Self::Port(error)
    }
}

impl From<Error> for io::Error {
    /// Why there is no port, where another was looked for.
    fn from(error: Error) -> Self {
        match error {
            Error::Port(error) => error,
            error => Self::new(io::ErrorKind::NotConnected, error.to_string()),
        }
    }
}

/// The same error of a port once more, for whoever asks next.
#[must_use]
pub fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// How long an adapter waits before it looks once more for a port that is gone.
pub const REOPEN_PAUSE: Duration = Duration::from_secs(1);

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Answer(error)
    }
}

/// What to do about a port that cannot be opened.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; is the modem plugged in, and is this its name?",
        io::ErrorKind::PermissionDenied => {
            "; on Linux, add the user to the group that owns it (often dialout)"
        }
        io::ErrorKind::ResourceBusy => "; another program has it open: close that first",
        io::ErrorKind::Unsupported => "; it is no serial port",
        _ => "",
    }
}
