//! What `cmqtt gateway` takes and refuses, without a modem. The words are pinned.
