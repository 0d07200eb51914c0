//! `AT+CMQTTUNSUB`: give up subscriptions (the vendor's note, section 3.2.14).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{SubscriptionRanges, budget};

/// Gives up subscriptions. The set of its two forms is closed.
#[doc(alias = "AT+CMQTTUNSUB")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribe {
    /// The one to the topic filter that follows the prompt.
    Filter {
        /// The client index.
        client: u8,
        /// The filter's length in bytes, 1 to 1024.
        len: u32,
        /// 1 for a request that is sent again, else 0. It cannot be left out.
        dup: u8,
    },
    /// Those to the filters that UNSUBTOPIC gave, which are wiped.
    Cached {
        /// The client index.
        client: u8,
        /// 1 for a request that is sent again, else 0. It cannot be left out.
        dup: u8,
    },
}

impl Unsubscribe {
    /// The command for this topic filter.
    pub const fn with(client: u8, filter: &[u8]) -> WithData<'_, Self> {
        WithData {
            command: Self::Filter {
                client,
                len: filter.len() as u32,
                dup: 0,
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

impl Encode for Unsubscribe {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client());
        match *self {
            Self::Filter { len, dup, .. } => out.then(len).then(dup),
            Self::Cached { dup, .. } => out.then(dup),
        };
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

impl Command for Unsubscribe {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Unsubscribe {
    const NAME: &'static str = NAME;

    /// Two fields are the cached form, three the form with a prompt.
    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let client = fields.number("<client_index>")?;
        let mut cached = fields.clone();
        if let Ok(dup) = cached.number("<dup>")
            && cached.end().is_ok()
        {
            return Ok(Self::Cached { client, dup });
        }
        let command = Self::Filter {
            client,
            len: fields.number("<req_length>")?,
            dup: fields.number("<dup>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Testable for Unsubscribe {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = SubscriptionRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<SubscriptionRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTUNSUB";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(
            &Unsubscribe::with(0, b"simcommsg").command,
            b"AT+CMQTTUNSUB=0,9,0\r",
        );
        check_command(&Unsubscribe::Cached { client: 0, dup: 1 }, b"AT+CMQTTUNSUB=0,1\r");
        check_form(&Test::<Unsubscribe>::new(), b"AT+CMQTTUNSUB=?\r");
        check_line(
            &SubscriptionRanges::<Unsubscribe>::new(
                Ranges::span(0, 0),
                Ranges::span(1, 1024),
                Ranges::span(0, 2),
                Ranges::span(0, 1),
            ),
            b"+CMQTTUNSUB: (0-0),(1-1024),(0-2),(0-1)",
        );
    }

    #[test]
    fn only_the_form_with_a_filter_is_prompted() {
        let with = Unsubscribe::with(0, b"simcommsg");
        assert_eq!(
            (with.dialogue().prompt, with.data()),
            (Some(9), &b"simcommsg"[..])
        );
        let cached = Unsubscribe::Cached { client: 0, dup: 0 };
        assert_eq!(cached.dialogue().prompt, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Unsubscribe::parse(Form::Write(b"0")).unwrap_err();
        insta::assert_snapshot!(error, @"expected <req_length> at byte 1, found the line's end");
        let error = Unsubscribe::parse(Form::Write(b"0,9,0,0")).unwrap_err();
        insta::assert_snapshot!(error, @"expected the line's end at byte 5, found `,`");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32, dup: u8) {
            check_command(&Unsubscribe::Filter { client, len, dup }, b"");
            check_command(&Unsubscribe::Cached { client, dup }, b"");
        }
    }
}
