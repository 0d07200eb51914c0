//! How commands end: every shape that manuals and captures show, and lines that look like an end and are none.

use at_proto::cmqtt::{Acquire, QoS, Topic, TopicFilter};
use at_proto::network::{Read, ReadPin};
use cmqtt_core::{Client, Publication, RequestError, RequestId};

use crate::talk::Talk;
