//! What a host puts into commands, checked when it is made: the byte that cannot be sent is named with its place
//! before anything is on the line. Limits that differ by family are left to those who know the family.

mod client_id;
pub use client_id::ClientId;

mod topic;
pub use topic::Topic;

mod topic_filter;
pub use topic_filter::TopicFilter;

mod qos;
pub use qos::QoS;

mod keep_alive;
pub use keep_alive::KeepAlive;

mod server_address;
pub use server_address::ServerAddress;

mod user_name;
pub use user_name::UserName;

mod password;
pub use password::Password;

mod check;
