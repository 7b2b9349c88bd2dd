//! Who is let in to the control interface, where it is, and of which modules.

use super::start;
use crate::harness::{Folder, Modemtwin, output};
use control::client::Client;
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

/// The status of the answer to raw headers.
fn knock(modem: &Modemtwin, head: &str) -> u16 {
    let address = modem.control().split_whitespace().next().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(format!("GET /v1/modules HTTP/1.1\r\n{head}Connection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let is_problem = answer.contains("content-type: application/problem+json");
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    assert_eq!(is_problem, status != 200, "{answer}");
    assert_eq!(answer.contains("\r\nwww-authenticate: Bearer\r\n"), status == 401, "{answer}");
    status
}

#[test]
fn only_who_has_the_token_is_let_in_and_no_page_of_a_browser() {
    let (modem, _) = start(&[]);
    let token = modem.control().split_whitespace().last().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(knock(&modem, &format!("Host: 127.0.0.1\r\n{bearer}")), 200);
    assert_eq!(knock(&modem, &format!("Host: localhost:1\r\n{bearer}")), 200);
    assert_eq!(knock(&modem, &format!("Host: 127.0.0.1\r\n{}", bearer.replace("Bearer", "bearer"))), 200);
    assert_eq!(knock(&modem, "Host: 127.0.0.1\r\n"), 401);
    assert_eq!(knock(&modem, "Host: 127.0.0.1\r\nAuthorization: Bearer 00\r\n"), 401);
    assert_eq!(knock(&modem, &format!("Host: rebound.example\r\n{bearer}")), 403);
    assert_eq!(knock(&modem, &format!("Host: 127.0.0.1\r\nOrigin: http://site.example\r\n{bearer}")), 403);
    assert_eq!(token.len(), 48);

    let open = Modemtwin::start(&["--control=127.0.0.1:0", "--control-no-token"]);
    assert_eq!(knock(&open, "Host: 127.0.0.1\r\n"), 200);
    assert_eq!(knock(&open, "Host: rebound.example\r\n"), 403);
    assert!(!open.control().contains("token"), "{}", open.control());
}

#[test]
fn the_file_of_the_token_is_private_and_survives() {
    let folder = Folder::new("token");
    let path = folder.arg("control");
    let argument = format!("--control-token={path}");
    let (modem, _) = start(&[&argument]);
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(written.starts_with(modem.control()) && !modem.control().contains("token"), "{written}");
    assert_eq!(
        Client::find(&path, None).unwrap().get::<Value>("/v1/modules").unwrap()["modules"][0]["name"],
        "module0"
    );
    drop(modem);
    let (_modem, _) = start(&[&argument]);
    let again = fs::read_to_string(&path).unwrap();
    assert_eq!(written.split_whitespace().last(), again.split_whitespace().last());
    assert!(Client::find(&path, None).unwrap().get::<Value>("/v1/modules").is_ok());
}

#[test]
fn an_address_that_others_reach_is_taken_only_on_purpose() {
    let refused = output(&["--control=0.0.0.0:0"]);
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr.starts_with("modemtwin: --control 0.0.0.0:0: others than this machine"), "{stderr}");
    assert!(stderr.contains("--control-any-address"), "{stderr}");
    let meant = Modemtwin::start(&["--control=0.0.0.0:0", "--control-any-address"]);
    assert!(meant.control().starts_with("http://0.0.0.0:"));
    for args in [&["--control-no-token"][..], &["--control=somewhere"], &["--control-any-address"]] {
        assert_eq!(output(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn several_modules_have_names() {
    let folder = Folder::new("control-config");
    let config = folder.arg("fleet.toml");
    let text = "[control]\naddress = '127.0.0.1:0'\n[[module]]\nname = 'lock{n}'\ncount = 3\n";
    fs::write(&config, text).unwrap();
    let modem = Modemtwin::start(&["--config", &config]);
    let client = Client::find(modem.control(), None).unwrap();
    let list: control::api::Modules = client.get("/v1/modules").unwrap();
    assert_eq!(list.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["lock0", "lock1", "lock2"]);
    let imei = |name: &str| {
        client.get::<control::api::Module>(&format!("/v1/modules/{name}")).unwrap().identity.imei
    };
    assert_ne!(imei("lock0"), imei("lock2"));
}
