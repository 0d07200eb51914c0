//! `cmqtt sim`: a simulated modem for any other program.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use cmqtt_sim::broker::Broker;
use cmqtt_sim::host::{
    BrokerServer, ClientOptions, Faults, FolderFiles, Line, ModemServer, Pty, PtyError, Redirect, Resolver,
    ServerOptions, Target, TcpLine, Trace,
};
use cmqtt_sim::{Family, Modem, Profile};

use crate::exit::End;
use crate::modem::Stop;
use crate::output::{ErrorLines, Printer, complain, say};

mod address;
use address::Addresses;

mod assignment;
use assignment::Assignment;

mod faults;

mod switch_list;

use crate::trace::Tracer;

/// Serve a simulated modem to any other program.
///
/// The modem is on a pseudo-terminal, unless --tcp puts it on a TCP port. When it is ready, one line on standard output
/// says where: the device, or the address. Its MQTT connections are real, and so is their TLS. It runs until Ctrl-C,
/// which is its power plug: the link is removed, and connections end without a DISCONNECT, so that brokers publish the
/// wills.
///
/// The modem starts already booted, and says nothing until it is asked. Boot lines come after AT+CRESET, after AT+CPOF
/// (unless power-off keeps it off), and after a power cycle, which a program has that holds the modem as a library.
///
/// Programs may open and close the line as often as they like and find the same modem. A half-typed line survives a
/// change of host, as on a UART: the next program's first bytes go on with it. What the modem says while nobody has
/// the line open is lost. A second host on a TCP port is turned away as long as the first one is there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A pseudo-terminal, which is the default. With LINK, also a symbolic link to its device; it replaces a symbolic
    /// link, and nothing else.
    #[arg(long, value_name = "LINK", num_args = 0..=1, conflicts_with = "tcp")]
    pty: Option<Option<PathBuf>>,
    /// A TCP port instead, such as 127.0.0.1:7028. With port 0 the system chooses one.
    #[arg(long, value_name = "ADDR:PORT")]
    tcp: Option<Addresses>,
    /// The modem's family: SIM7028, SIM7022, A76XX, SIM7600 or SIM767X.
    #[arg(long, value_name = "NAME", default_value = Family::Sim7028.name())]
    family: Family,
    /// Set one of the things that differ between firmwares. May be repeated; --list-switches explains them.
    #[arg(long, value_name = "SWITCH=VALUE")]
    set: Vec<Assignment>,
    /// Explain every switch, with its value in this family, and end.
    #[arg(long)]
    list_switches: bool,
    /// The line's pace, both ways, at ten bits a byte. Without it bytes go as fast as the system carries them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    baud: Option<u32>,
    /// Let things go wrong, some each minute: the seed chooses what and when, out of these kinds, or of all that alter
    /// no byte. --list-faults explains them. Only where it is named is the port unplugged: it comes back as another
    /// device, which programs find again by the link that --pty makes. With --trace each fault is printed as it happens,
    /// in a line that --fault-plan takes.
    #[arg(long, value_name = "SEED[:KIND,KIND...]")]
    faults: Option<faults::Seed>,
    /// Let happen what stands in this file, a fault a line, such as `12.5s no-network 60s`: what a trace has after
    /// `# fault:`, say. Times count from the program's start.
    #[arg(long, value_name = "FILE", conflicts_with = "faults")]
    fault_plan: Option<PathBuf>,
    /// Explain every kind of fault, and end.
    #[arg(long)]
    list_faults: bool,
    /// Print the conversation on standard error: `>` the host, `<` the modem, `#` what happens beside it, such as why
    /// TLS fails. Passwords and files are hidden.
    #[arg(long)]
    trace: bool,
    /// Keep the modem's certificates and keys in this folder, where the next run finds them. Without it they are gone
    /// with the modem. A file that lies there already is one of the modem's, if its name ends in .pem or .der.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Connections to the first HOST:PORT, as the program names it, go to the second, a name or an address. May be
    /// repeated; the last one for the same host and port counts.
    #[arg(long, value_name = "HOST:PORT=HOST:PORT")]
    resolve: Vec<Redirect>,
    /// All other connections go to this broker, a name or an address.
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<Target>,
    /// All other connections go to a broker in this program, so that none has to be installed. It is gone with the modem.
    #[arg(long, conflicts_with = "broker")]
    own_broker: bool,
}

/// Serves the modem until a signal comes.
pub(crate) fn run(arguments: &Arguments) -> End {
    let result = if arguments.list_switches {
        switch_list::print(arguments.family, &mut io::stdout()).map(|()| End::Done)
    } else if arguments.list_faults {
        faults::print(&mut io::stdout()).map(|()| End::Done)
    } else {
        serve(arguments)
    };
    match result {
        Ok(end) => end,
        // Whoever read the list has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => End::Done,
        Err(failure) => {
            complain("sim", &failure);
            End::Failed
        }
    }
}

fn serve(arguments: &Arguments) -> Result<End, Failure> {
    // Before anything is made that a signal would leave behind.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Signals)?;
    let mut stop = {
        let _context = runtime.enter();
        Stop::new().map_err(Failure::Signals)?
    };

    let faults = arguments.faults()?;
    let (line, place) = arguments.line()?;
    let modem = arguments.modem()?;
    let family = modem.profile().family;
    let broker = arguments.own_broker()?;
    let options = ServerOptions {
        faults,
        ..arguments.options(broker.as_ref())
    };
    let modem = ModemServer::spawn(modem, line, options).map_err(Failure::Threads)?;
    // Nobody may be reading either: the modem is there all the same.
    let _ = Printer::lines("sim").print(format!("{place}\n").into_bytes());
    say(&format_args!(
        "A simulated {family} is on {place}. Ctrl-C ends it."
    ));
    runtime.block_on(stop.told());
    drop(modem);
    drop(broker);
    Ok(End::Stopped)
}

impl Arguments {
    /// The line, and its name for the program that is to open it.
    fn line(&self) -> Result<(Line, String), Failure> {
        if let Some(Addresses(addresses)) = &self.tcp {
            let bound = TcpLine::bind(addresses.as_slice());
            let line = bound.map_err(|error| Failure::Listen(addresses.clone(), error))?;
            let place = line.address().to_string();
            return Ok((line.into(), place));
        }
        let link = self.pty.as_ref().and_then(Option::as_deref);
        let pty = Pty::open(link)?;
        let place = pty.device().display().to_string();
        Ok((pty.into(), place))
    }

    fn modem(&self) -> Result<Modem, Failure> {
        let profile = self.profile();
        let Some(folder) = &self.files else {
            return Ok(Modem::new(profile));
        };
        match FolderFiles::open(folder) {
            Ok(files) => Ok(Modem::with_files(profile, files)),
            Err(error) => Err(Failure::Files(folder.clone(), error)),
        }
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::of(self.family);
        for assignment in &self.set {
            assignment.apply(&mut profile.switches);
        }
        profile
    }

    fn faults(&self) -> Result<Option<Faults>, Failure> {
        match (&self.faults, &self.fault_plan) {
            (Some(seed), _) => Ok(Some(seed.faults())),
            (None, Some(file)) => match faults::plan(file) {
                Ok(faults) => Ok(Some(faults)),
                Err(error) => Err(Failure::FaultPlan(file.clone(), error)),
            },
            (None, None) => Ok(None),
        }
    }

    fn own_broker(&self) -> Result<Option<BrokerServer>, Failure> {
        let bind = || BrokerServer::bind("127.0.0.1:0", Broker::default());
        self.own_broker.then(bind).transpose().map_err(Failure::Broker)
    }

    fn options(&self, own_broker: Option<&BrokerServer>) -> ServerOptions {
        let mut resolver = Resolver::default();
        for redirect in &self.resolve {
            resolver = resolver.redirect(redirect.clone());
        }
        let own = own_broker.and_then(|broker| broker.address().to_string().parse().ok());
        if let Some(broker) = self.broker.clone().or(own) {
            resolver = resolver.send_all_to(broker);
        }
        let trace = self.trace.then(|| {
            let mut tracer = Tracer::new(ErrorLines);
            Trace::new(move |at, event| tracer.hear(at, event))
        });
        ServerOptions {
            network: ClientOptions {
                resolver,
                ..ClientOptions::default()
            },
            baud: self.baud.and_then(NonZeroU32::new),
            trace,
            faults: None,
        }
    }
}

/// Why the modem is not served.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Pty(#[from] PtyError),
    #[error("cannot listen on {}: {}", shown(.0), .1)]
    Listen(Vec<SocketAddr>, io::Error),
    #[error("{} cannot hold the modem's files: {}", .0.display(), .1)]
    Files(PathBuf, io::Error),
    #[error("{} is no plan of faults: {}", .0.display(), .1)]
    FaultPlan(PathBuf, faults::PlanError),
    #[error("no port for the modem's own broker: {0}")]
    Broker(io::Error),
    #[error("no thread for the modem: {0}")]
    Threads(io::Error),
    #[error("signals cannot be caught: {0}")]
    Signals(io::Error),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

fn shown(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
    addresses.join(", ")
}

const EXAMPLES: &str = "\
Examples:
  cmqtt sim --pty /tmp/modem --broker 127.0.0.1:1883 --trace
      A SIM7028 on /tmp/modem, whose every connection goes to the broker on this machine.
  cmqtt sim --pty /tmp/modem --own-broker
      The same with nothing else: a broker for this modem alone is in the program.
  cmqtt sim --tcp 127.0.0.1:7028 --family A76XX --set rx-layout=spaced --set delays=none
      An A76XX on a TCP port that answers at once.
  cmqtt sim --pty /tmp/modem --own-broker --set busy=300-3000ms --set denied-topics=secret/#
      A client that is busy after each result, and a broker whose policy forbids a topic.
  cmqtt sim --files certificates --broker 127.0.0.1:8883
      A modem that keeps the certificates that AT+CCERTDOWN gives it.
  cmqtt sim --resolve test.mosquitto.org:1883=127.0.0.1:1883
      One name leads elsewhere; for all others the system is asked.
  cmqtt sim --pty /tmp/modem --own-broker --faults 7 --trace
      A bad day that the number 7 stands for: results are late, the modem restarts, the network is away.
  cmqtt sim --pty /tmp/modem --own-broker --faults 7:lose,flip,unplug
      Worse: bytes are lost and altered, and somebody pulls the cable.

Exit status: 0 after Ctrl-C, SIGTERM or SIGHUP; 1 when there is no line to serve, or for a wrong argument.";
