//! `AT+CMQTTSUB`: subscribe, and to what the client is subscribed (the vendor's note, section 3.2.13).

use core::fmt::{self, Debug, Formatter};

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::escape::Escaped;
use crate::form::{Form, Readable, Testable};
use crate::info::{InfoLines, Information, Replies};

use super::{SubscriptionRanges, budget};

/// Subscribes. Its result does not tell which quality of service the broker granted. The set of its two
/// forms is closed.
#[doc(alias = "AT+CMQTTSUB")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribe {
    /// To one topic filter, which follows the prompt.
    Filter {
        /// The client index.
        client: u8,
        /// The filter's length in bytes, 1 to 1024.
        len: u32,
        /// The greatest quality of service that is wanted, 0 to 2.
        qos: u8,
        /// 1 for a subscription that is sent again. Left out it means 0.
        dup: Option<u8>,
    },
    /// To the filters that SUBTOPIC gave, which are wiped. The note shows it answered by success without any.
    Cached {
        /// The client index.
        client: u8,
        /// 1 for a subscription that is sent again. Left out it means 0.
        dup: Option<u8>,
    },
}

/// One line of the read answer: `+CMQTTSUB:` first, then one topic filter a line.
///
/// The one answer without a frame: a filter named `OK` would end it, one that reads as a URC would be taken for it.
/// Nothing may rely on it. The set is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subscription<'a> {
    /// `+CMQTTSUB:`
    Header,
    /// A topic filter. Blanks around it are lost.
    Filter(&'a [u8]),
}

impl Subscribe {
    /// The command for this topic filter.
    pub const fn with(client: u8, filter: &[u8], qos: u8) -> WithData<'_, Self> {
        WithData {
            command: Self::Filter {
                client,
                len: filter.len() as u32,
                qos,
                dup: None,
            },
            data: filter,
        }
    }

    /// The client index.
    pub const fn client(&self) -> u8 {
        match *self {
            Self::Filter { client, .. } | Self::Cached { client, .. } => client,
        }
    }
}

impl Encode for Subscribe {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client());
        let (Self::Filter { dup, .. } | Self::Cached { dup, .. }) = *self;
        if let Self::Filter { len, qos, .. } = *self {
            out.then(len).then(qos);
        }
        if let Some(dup) = dup {
            out.then(dup);
        }
    }

    fn dialogue(&self) -> Dialogue {
        let dialogue = Dialogue::new(NAME)
            .result(Some(self.client()))
            .budget(budget::SUBSCRIBE);
        match *self {
            Self::Filter { len, .. } => dialogue.prompt(len),
            Self::Cached { .. } => dialogue,
        }
    }
}

impl Command for Subscribe {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Subscribe {
    const NAME: &'static str = NAME;

    /// One or two fields are the cached form, three or four the form with a prompt.
    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let client = fields.number("<client_index>")?;
        let mut cached = fields.clone();
        if let Ok(dup) = cached.optional_number("<dup>")
            && cached.end().is_ok()
        {
            return Ok(Self::Cached { client, dup });
        }
        let command = Self::Filter {
            client,
            len: fields.number("<req_length>")?,
            qos: fields.number("<qos>")?,
            dup: fields.optional_number("<dup>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Readable for Subscribe {
    const NAME: &'static str = NAME;
    // Content decides here where a frame should: the named exception, see `Subscription`.
    const INFO: InfoShape = InfoShape::Any;
    type Reply<'a> = Replies<'a, Subscription<'a>>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Subscribe {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = SubscriptionRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<SubscriptionRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

impl<'a> Information<'a> for Subscription<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(match line.trim_ascii() {
            b"+CMQTTSUB:" => Self::Header,
            filter => Self::Filter(filter),
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Header => out.text(NAME).text(":"),
            Self::Filter(filter) => out.bytes(filter),
        };
    }
}

impl Debug for Subscription<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("Header"),
            Self::Filter(filter) => f.debug_tuple("Filter").field(&Escaped(filter)).finish(),
        }
    }
}

const NAME: &str = "+CMQTTSUB";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(
            &Subscribe::with(0, b"simcommsg", 1).command,
            b"AT+CMQTTSUB=0,9,1\r",
        );
        check_command(
            &Subscribe::Cached {
                client: 0,
                dup: Some(1),
            },
            b"AT+CMQTTSUB=0,1\r",
        );
        check_command(&Subscribe::Cached { client: 0, dup: None }, b"AT+CMQTTSUB=0\r");
        check_form(&Read::<Subscribe>::new(), b"AT+CMQTTSUB?\r");
        check_line(&Subscription::Header, b"+CMQTTSUB:");
        check_line(&Subscription::Filter(b"simcommsg"), b"simcommsg");
        check_form(&Test::<Subscribe>::new(), b"AT+CMQTTSUB=?\r");
        check_line(
            &SubscriptionRanges::<Subscribe>::new(
                Ranges::span(0, 0),
                Ranges::span(1, 1024),
                Ranges::span(0, 2),
                Ranges::span(0, 1),
            ),
            b"+CMQTTSUB: (0-0),(1-1024),(0-2),(0-1)",
        );
    }

    #[test]
    fn a_capture_with_all_fields() {
        check_command(
            &Subscribe::Filter {
                client: 0,
                len: 39,
                qos: 0,
                dup: Some(0),
            },
            b"AT+CMQTTSUB=0,39,0,0\r",
        );
    }

    #[test]
    fn only_the_form_with_a_filter_is_prompted() {
        let with = Subscribe::with(0, b"simcommsg", 1);
        assert_eq!(
            (with.dialogue().prompt, with.data()),
            (Some(9), &b"simcommsg"[..])
        );
        let cached = Subscribe::Cached { client: 0, dup: None };
        assert_eq!(cached.dialogue().prompt, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Subscribe::parse(Form::Write(b"0,9,x")).unwrap_err();
        insta::assert_snapshot!(error, @"expected <qos> at byte 4, found `x`");
        let error = Subscribe::parse(Form::Write(b"0,9,1,0,0")).unwrap_err();
        insta::assert_snapshot!(error, @"expected the line's end at byte 7, found `,`");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(
            client: u8, len: u32, qos: u8, dup: Option<u8>, filter in "[!-~]([ -~]{0,40}[!-~])?",
        ) {
            check_command(&Subscribe::Filter { client, len, qos, dup }, b"");
            check_command(&Subscribe::Cached { client, dup }, b"");
            check_line(&Subscription::Filter(filter.clone().leak().as_bytes()), filter.as_bytes());
        }
    }
}
