//! The network, the SIM, identity, power and TLS files.

use std::time::Duration;

use super::script::{Desk, check, check_connected, connected};
use crate::{Profile, Registration, Sim};

#[test]
fn identity_differs_by_family() {
    check(
        Profile::SIM7028,
        r"
        > AT+CGMM;+CGMR;+CGSN
        << \r\nSIM7028\r\n\r\n2110B07SIM7028\r\n\r\n867284060000001\r\n\r\nOK\r\n
        > ATI
        << \r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIM7028\r\nRevision: 2110B07SIM7028\r\nIMEI: 867284060000001\r\n\r\nOK\r\n
        > AT+CGMI
        << \r\nSIMCOM INCORPORATED\r\n\r\nOK\r\n
        > AT+CGMM=?
        < OK
        > AT+CGMM?
        < ERROR
        > AT+IPR=115200;+IFC=0,0
        < OK
        ",
    );
    check(
        Profile::SIM7600,
        r"
        > AT+CGMM
        << \r\nSIMCOM_SIM7600E-H\r\n\r\nOK\r\n
        ",
    );
}

#[test]
fn the_network_as_it_is() {
    let mut desk = check(
        Profile::SIM7028,
        r#"
        > AT+CPIN?
        << \r\n+CPIN: READY\r\n\r\nOK\r\n
        > AT+CREG?
        << \r\n+CREG: 0,1\r\n\r\nOK\r\n
        > AT+CGREG=1;+CEREG=2
        < OK
        > AT+CGREG?;+CEREG?
        << \r\n+CGREG: 1,1\r\n\r\n+CEREG: 2,1,"1A2B","01234567",9\r\n\r\nOK\r\n
        > AT+CEREG=?
        << \r\n+CEREG: (0-2)\r\n\r\nOK\r\n
        > AT+CGDCONT=1,"IP","iot.example"
        < OK
        > AT+CGDCONT?
        << \r\n+CGDCONT: 1,"IP","iot.example","0.0.0.0",0,0\r\n\r\nOK\r\n
        > AT+CGDCONT=1,"X25","iot.example"
        < ERROR
        > AT+CGATT?
        << \r\n+CGATT: 1\r\n\r\nOK\r\n
        > AT+CGACT?
        << \r\n+CGACT: 1,1\r\n\r\nOK\r\n
        > AT+CGPADDR
        << \r\n+CGPADDR: 1,"10.64.0.2"\r\n\r\nOK\r\n
        > AT+COPS?
        << \r\n+COPS: 0,0,"SIMULATED",9\r\n\r\nOK\r\n
        "#,
    );
    desk.modem.set_signal(5, 99);
    desk.modem.set_registration(desk.now, Registration::Searching);
    desk.pass(Duration::from_secs(1));
    desk.play(
        r"
        < +CGREG: 2
        < +CEREG: 2
        > AT+CSQ
        << \r\n+CSQ: 5,99\r\n\r\nOK\r\n
        > AT+COPS?
        << \r\n+COPS: 0\r\n\r\nOK\r\n
        > AT+CGATT=1
        < ERROR
        > AT+CMEE=1
        < OK
        > AT+CGACT=1,1
        < +CME ERROR: 30
        > AT+CMEE=2
        < OK
        > AT+CGACT=1,1
        < +CME ERROR: no network service
        > AT+CMEE?
        << \r\n+CMEE: 2\r\n\r\nOK\r\n
        > AT+CMEE=?
        << \r\n+CMEE: (0-2)\r\n\r\nOK\r\n
        > AT+CMEE=3
        < ERROR
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 1
        ",
    );
}

#[test]
fn a_locked_sim_wants_its_pin() {
    let mut desk = check(Profile::SIM7028, "> AT+CMEE=1\n< OK");
    desk.modem.set_sim(Sim::Absent);
    desk.play("> AT+CPIN?\n< +CME ERROR: 10\n> AT+CPIN=1234\n< +CME ERROR: 10");
    desk.modem.set_sim(Sim::Locked {
        pin: "1234".to_owned(),
    });
    desk.play(
        r#"
        > AT+CPIN?
        << \r\n+CPIN: SIM PIN\r\n\r\nOK\r\n
        > AT+CREG?
        << \r\n+CREG: 0,0\r\n\r\nOK\r\n
        > AT+CGACT=1,1
        < +CME ERROR: 11
        > AT+CPIN="4321"
        < +CME ERROR: 16
        > AT+CPIN="1234"
        < OK
        < +CPIN: READY
        > AT+CPIN="1234"
        < +CME ERROR: 3
        > AT+CREG?
        << \r\n+CREG: 0,1\r\n\r\nOK\r\n
        "#,
    );
    assert!(!format!("{:?}", desk.modem.radio()).contains("1234"));
}

#[test]
fn the_clock_runs() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CCLK="23/12/31,23:59:00+28"
        < OK
        + 90
        > AT+CCLK?
        << \r\n+CCLK: "24/01/01,00:00:32+28"\r\n\r\nOK\r\n
        > AT+CCLK="23/02/29,00:00:00+00"
        < ERROR
        > AT+CCLK="24/02/29,00:00:00"
        < OK
        "#,
    );
    check(
        Profile::SIM7022,
        r#"
        > AT+CCLK?
        << \r\n+CCLK: "1980/01/06,00:00:02+00"\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn a_network_that_goes_away() {
    let mut desk = connected(Profile::SIM7600);
    desk.modem.lose_network(desk.now);
    desk.pass(Duration::from_secs(1));
    desk.play(
        r#"
        ? Abort
        < +CIPEVENT: NETWORK CLOSED UNEXPECTEDLY
        < +CMQTTCONNLOST: 0,3
        < +CMQTTNONET
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        < OK
        < +CMQTTCONNECT: 0,3
        "#,
    );
    desk.modem.restore_network(desk.now);
    desk.play(
        r#"
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        < OK
        "#,
    );
    desk.modem.lose_network(desk.now);
    desk.pass(Duration::from_secs(1));
    desk.play(
        r"
        ? Abort
        < +CIPEVENT: NETWORK CLOSED UNEXPECTEDLY
        < +CMQTTCONNECT: 0,3
        < +CMQTTNONET
        ",
    );
    let mut desk = connected(Profile::SIM7028);
    desk.modem.deactivate(desk.now);
    desk.pass(Duration::from_secs(1));
    desk.play(
        r"
        ? Abort
        < +CGEV: EPS PDN DEACT 1
        > AT+CMQTTDISC?
        << \r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n
        > AT+CGACT=1,1
        < OK
        ",
    );
}

#[test]
fn a_power_cycle_forgets_all_but_the_flash() {
    let mut desk = check_connected(
        Profile::A76XX,
        r#"
        > AT+CCERTDOWN="ca.pem",3
        << \r\n>
        >> pem
        < OK
        > AT+CSSLCFG="authmode",0,1
        < OK
        "#,
    );
    desk.modem.power_cycle(desk.now);
    desk.modem.handle_received(desk.now, b"AT\r");
    desk.pass(Duration::from_secs(30));
    desk.play(
        r#"
        ? Abort
        < *ATREADY: 1
        < +CPIN: READY
        < SMS DONE
        < PB DONE
        > AT+CMQTTDISC?
        << AT+CMQTTDISC?\r\r\nERROR\r\n
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CCERTLIST
        << \r\n+CCERTLIST: "ca.pem"\r\n\r\nOK\r\n
        ~ connected
        ~ lost 1
        "#,
    );
}

#[test]
fn switching_off_and_restarting() {
    let mut desk = check_connected(
        Profile::SIM7028,
        r"
        > AT+CRESET=?
        < OK
        > AT+CRESET
        < OK
        ? Abort
        + 20
        < RDY
        < +CPIN: READY
        < SMS DONE
        < PB DONE
        > AT+CPOF
        << AT+CPOF\r\r\nOK\r\n
        < NORMAL POWER DOWN
        + 20
        < RDY
        < +CPIN: READY
        < SMS DONE
        < PB DONE
        ! power-off=stay-off
        ! boot=silent
        > AT+CPOF
        << AT+CPOF\r\r\nOK\r\n
        < NORMAL POWER DOWN
        > AT
        + 100
        ",
    );
    desk.modem.inject_line(desk.now, b"nobody");
    desk.modem.power_cycle(desk.now);
    desk.pass(Duration::from_secs(20));
    desk.play(
        r"
        > AT
        << AT\r\r\nOK\r\n
        ",
    );
}

#[test]
fn tls_contexts_and_files_need_no_service() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CSSLCFG="sslversion",0,4
        < OK
        > AT+CSSLCFG="authmode",0,2;+CSSLCFG="cacert",0,"ca_cert.pem";+CSSLCFG="enableSNI",0,1
        < OK
        > AT+CSSLCFG="clientkey",0,"key_cert.pem"
        < OK
        > AT+CSSLCFG?
        << \r\n+CSSLCFG: 0,4,2,1,300,"ca_cert.pem","","key_cert.pem",1\r\n
        << +CSSLCFG: 1,4,0,1,300,"","","",0\r\n\r\nOK\r\n
        > AT+CSSLCFG="sslversion",0,5
        < ERROR
        > AT+CSSLCFG="authmode",2,0
        < ERROR
        > AT+CSSLCFG="negotiatetime",0,9
        < ERROR
        > AT+CSSLCFG="nosuchkey",0,9
        < ERROR
        > AT+CCERTLIST
        < OK
        > AT+CCERTDOWN="key.txt",5
        < ERROR
        > AT+CCERTDOWN="key.pem",0
        < ERROR
        > AT+CCERTDOWN="key.pem",10241
        < ERROR
        > AT+CCERTDOWN="key.pem",5
        << \r\n>
        >> a\r\n\0b
        < OK
        > AT+CCERTLIST
        << \r\n+CCERTLIST: "key.pem"\r\n\r\nOK\r\n
        > AT+CCERTDELE="key.pem"
        < OK
        > AT+CCERTDELE="key.pem"
        < ERROR
        > AT+CCERTLIST
        < OK
        "#,
    );
}

#[test]
fn nothing_secret_is_printed() {
    let mut desk = Desk::new(Profile::SIM7028);
    desk.send(b"AT+CSSLCFG=\"password\",0,\"s3cret\"\r");
    desk.modem
        .handle_received(desk.now, b"AT+CMQTTCONNECT=0,\"tcp://a\",60,1,\"u\",\"s3cret\"");
    let printed = format!("{:?}", desk.modem);
    assert!(
        !printed.contains("s3cret") && printed.contains("Sim7028"),
        "{printed}"
    );
}
