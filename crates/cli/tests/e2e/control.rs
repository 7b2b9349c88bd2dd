//! The control interface over real HTTP: every route, and what it says when something is wrong.

mod described;
mod doors;
mod events;

use crate::{
    harness::Modemtwin,
    servers::Server,
    transfer::{Host, Item},
};
use control::client::{Client, Failure};
use described::Compared;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const M: &str = "/v1/modules/module0";

pub(crate) fn start(more: &[&str]) -> (Modemtwin, Client) {
    let modem = Modemtwin::start(&[&["--control=127.0.0.1:0"], more].concat());
    let client = Client::find(modem.control(), None).unwrap();
    (modem, client)
}

fn ask(client: &Client, method: &str, path: &str, body: &Value) -> Result<Value, control::api::Problem> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    match client.send(method, path, body.as_bytes()) {
        Ok(answer) if answer.is_empty() => Ok(Value::Null),
        Ok(answer) => Ok(serde_json::from_slice(&answer).unwrap()),
        Err(Failure::Refused(problem)) => Err(problem),
        Err(failure) => panic!("{method} {path}: {failure}"),
    }
}

#[test]
fn every_route_does_what_the_description_says() {
    let server = Server::rustls();
    let (modem, client) =
        start(&["--port=uart1=tcp:127.0.0.1:0", "--clock=2026-03-01T12:00:00Z", "--lint=/dev/null"]);
    let description = ask(&client, "GET", "/openapi.json", &Value::Null).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let mut api = Compared { client: &client, description, asked: BTreeSet::new() };
    let nothing = || Value::Null;

    let described = api.ask("GET", "/openapi.json", "/openapi.json", nothing());
    assert_eq!(described, api.description);
    let list = api.ask("GET", "/v1/modules", "/v1/modules", nothing());
    assert_eq!(list["modules"][0]["name"], "module0");
    assert_eq!(list["modules"][0]["ports"][0]["endpoint"], modem.place("uart1").to_string());

    let module = api.of("GET", "", "", nothing());
    assert_eq!(module["model"], "EC200N-CN");
    assert_eq!((&module["power"], &module["sim"]["wants"]), (&json!("on"), &json!("nothing")));
    assert_eq!(module["network"]["registration"], 1);

    // Files, before the host knows of them and after.
    let files = "/files/{file}";
    client.send("PUT", &format!("{M}/files/odd%20name%2F1"), b"\x00\xff").unwrap();
    assert_eq!(client.send("GET", &format!("{M}/files/odd%20name%2F1"), &[]).unwrap(), b"\x00\xff");
    api.asked.insert(format!("GET /v1/modules/{{module}}{files}"));
    api.asked.insert(format!("PUT /v1/modules/{{module}}{files}"));
    assert_eq!(api.of("GET", "/files", "/files", nothing())["files"][0]["name"], "odd name/1");
    api.of("DELETE", files, "/files/odd%20name%2F1", nothing());
    assert_eq!(api.of("GET", "/files", "/files", nothing())["files"], json!([]));

    // A connection.
    let mut host = Host::prepare(&modem, "uart1", &server);
    host.open(&server, 0);
    let sockets = api.of("GET", "/sockets", "/sockets", nothing())["sockets"].clone();
    assert_eq!(sockets[0]["id"], 4);
    assert_eq!((&sockets[0]["state"], &sockets[0]["service"]), (&json!("Connected"), &json!("SSLClient")));
    assert_eq!(sockets[0]["tls"]["version"], "TLS 1.2", "{sockets}");
    let contexts = api.of("GET", "/ssl", "/ssl", nothing())["contexts"].clone();
    assert_eq!((&contexts[1]["seclevel"], &contexts[1]["cacert"]), (&json!(1), &json!("UFS:ca.pem")));
    assert_eq!(
        (&contexts[1]["ciphersuite"], &contexts[0]["ciphersuite"]),
        (&json!(["0XC02F"]), &json!(["0XFFFF"]))
    );
    assert_eq!(api.of("GET", "/pdp", "/pdp", nothing())["contexts"][0]["active"], true);
    api.of("POST", "/pdp/{context}/drop", "/pdp/1/drop", nothing());
    assert_eq!(host.item(), Item::Line("+QIURC: \"pdpdeact\",1".into()));
    assert_eq!(host.item(), Item::Line("+QSSLURC: \"closed\",4".into()));
    assert_eq!(api.of("GET", "/pdp", "/pdp", nothing())["contexts"][0]["lost"], true);

    // Ports and lines.
    let ports = api.of("GET", "/ports", "/ports", nothing())["ports"].clone();
    assert_eq!((&ports[0]["attached"], &ports[0]["activity"]), (&json!(true), &json!("command")));
    let lines = "/ports/{port}/lines";
    assert_eq!(api.of("GET", lines, "/ports/uart1/lines", nothing())["dtr"], true);
    let moved = api.of("PATCH", lines, "/ports/uart1/lines", json!({"dtr": false}));
    assert_eq!((&moved["dtr"], &moved["rts"]), (&json!(false), &json!(true)));

    // Clock.
    let clock = api.of("PUT", "/clock", "/clock", json!({"utc": "2030-01-02T03:04:05+00:00"}));
    assert!(clock["utc"].as_str().unwrap().starts_with("2030-01-02T03:04:"), "{clock}");
    assert!(host.0.command("AT+CCLK?").unwrap().starts_with("\r\n+CCLK: \"30/01/02,11:04:"));
    api.of("PUT", "/clock", "/clock", json!({"unix": 86400}));
    assert!(
        api.of("GET", "/clock", "/clock", nothing())["utc"]
            .as_str()
            .unwrap()
            .starts_with("1970-01-02T00:00:")
    );

    // SIM, network.
    host.ok("AT+QSIMSTAT=1");
    assert_eq!(api.of("DELETE", "/sim", "/sim", nothing())["present"], false);
    assert_eq!(host.item(), Item::Line("+QSIMSTAT: 1,0".into()));
    assert_eq!(host.item(), Item::Line("+CPIN: NOT READY".into()));
    assert_eq!(api.of("PUT", "/sim", "/sim", json!({"pin": "4711"}))["wants"], "pin");
    assert_eq!(api.of("GET", "/sim", "/sim", nothing())["locked"], true);
    assert_eq!(host.item(), Item::Line("+QSIMSTAT: 1,1".into()));
    assert_eq!(host.item(), Item::Line("+CPIN: SIM PIN".into()));
    api.of("PUT", "/sim", "/sim", json!({"pin": null}));
    for line in ["+CPIN: NOT READY", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"] {
        assert_eq!(host.item(), Item::Line(line.into()));
    }
    let change = json!({"coverage": "roaming", "signal": 7, "refuse_pdp": true});
    let network = api.of("PATCH", "/network", "/network", change);
    assert_eq!((&network["registration"], &network["signal"]), (&json!(5), &json!(7)));
    assert_eq!(host.0.command("AT+CSQ").unwrap(), "\r\n+CSQ: 7,99\r\n\r\nOK\r\n");
    assert_eq!(api.of("GET", "/network", "/network", nothing())["refuse_pdp"], true);

    // Faults, and what the host has done.
    let id = api.of("POST", "/faults", "/faults", json!({"fault": "net.latency ms=200"}))["id"].clone();
    let faults = api.of("GET", "/faults", "/faults", nothing())["faults"].clone();
    assert_eq!((&faults[0]["id"], &faults[0]["fault"]), (&id, &json!("net.latency ms=200")));
    assert_eq!(api.of("DELETE", "/faults/{fault}", &format!("/faults/{id}"), nothing())["lifted"], 1);
    assert_eq!(host.0.command("AT+QSSLCF=\"sni\",1,0").unwrap(), "\r\nOK\r\n");
    let findings = api.of("GET", "/lint", "/lint", nothing())["findings"].clone();
    assert!(findings.as_array().unwrap().iter().any(|f| f["rule"] == "misprint"), "{findings}");
    let coverage = api.of("GET", "/coverage", "/coverage", nothing());
    assert!(coverage["urcs"].as_object().unwrap().len() > 2, "{coverage}");

    // What went wrong.
    assert_eq!(host.0.command("AT+QIACT=1").unwrap(), "\r\nERROR\r\n");
    let failures = api.of("GET", "/why", "/why", nothing())["failures"].clone();
    let last = failures.as_array().unwrap().last().unwrap();
    assert_eq!((&last["command"], &last["port"]), (&json!("+QIACT"), &json!("uart1")), "{failures}");

    // Power.
    api.of("POST", "/power", "/power", json!({"press": "reset"}));
    assert_eq!(host.item(), Item::Line("RDY".into()));
    api.of("POST", "/power", "/power", json!({"press": "power"}));
    while host.item() != Item::Line("POWERED DOWN".into()) {}
    assert_eq!(api.of("GET", "", "", nothing())["power"], "off");

    // Events: the other test reads them.
    api.asked.insert("GET /v1/modules/{module}/events".into());
    api.ask("POST", "/v1/shutdown", "/v1/shutdown", nothing());
    assert_eq!(modem.wait().code(), Some(0));

    let paths = api.description["paths"].as_object().unwrap();
    let described: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |verb| format!("{} {path}", verb.to_uppercase()))
        })
        .collect();
    assert_eq!(api.asked, described, "every route is asked for, and every route is described");
}

#[test]
fn what_is_wrong_is_said_with_place_reason_and_remedy() {
    let (_modem, client) = start(&["--port=uart1=pty", "--port=usbat=rfc2217:127.0.0.1:0"]);
    let none = Value::Null;
    for (method, path, body, status, said) in [
        ("GET", "/v1/module", &none, 404, "/v1/module: there is nothing here (see /openapi.json"),
        ("POST", "/v1/modules", &none, 405, "cannot be done by POST"),
        ("GET", "/v1/modules/other", &none, 404, "no module is called `other` (see /v1/modules"),
        ("GET", "/v1/modules/other/events", &none, 404, "no module is called `other`"),
        ("GET", "/v1/modules/%ff", &none, 400, "percent-encoded"),
        ("GET", &format!("{M}/files/none"), &none, 404, "file not found"),
        ("PUT", &format!("{M}/files/a*b"), &none, 400, "invalid file name (names have 1 to 80 bytes"),
        ("DELETE", &format!("{M}/files/none"), &none, 404, "file not found"),
        ("GET", &format!("{M}/ports/uart2/lines"), &none, 404, "no port uart2"),
        (
            "PATCH",
            &format!("{M}/ports/uart1/lines"),
            &json!({"dtr": false}),
            409,
            "no host has opened the port",
        ),
        (
            "PATCH",
            &format!("{M}/ports/usbat/lines"),
            &json!({"dtr": false}),
            409,
            "the host drives the lines",
        ),
        ("PATCH", &format!("{M}/ports/uart1/lines"), &json!({"dcd": true}), 400, "unknown field `dcd`"),
        ("PATCH", &format!("{M}/ports/uart1/lines"), &none, 400, "the body: EOF"),
        ("PUT", &format!("{M}/clock"), &json!({"utc": "yesterday"}), 400, "as in 2026-03-01T12:00:00Z"),
        (
            "PUT",
            &format!("{M}/clock"),
            &json!({"unix": 1, "utc": "2026-03-01T12:00:00Z"}),
            400,
            "give either",
        ),
        ("PUT", &format!("{M}/clock"), &json!({"unix": i64::MAX}), 400, "this is no time"),
        ("PUT", &format!("{M}/sim"), &json!({"pin": "12"}), 400, "give 4 to 8 digits"),
        ("PATCH", &format!("{M}/network"), &json!({"signal": 32}), 400, "give 0 to 31"),
        ("PATCH", &format!("{M}/network"), &json!({"coverage": "good"}), 400, "unknown variant `good`"),
        ("POST", &format!("{M}/power"), &json!({"press": "any"}), 400, "unknown variant `any`"),
        ("POST", &format!("{M}/pdp/1/drop"), &none, 409, "not active (activate it first"),
        ("POST", &format!("{M}/pdp/16/drop"), &none, 404, "`16` is no PDP context"),
        ("GET", &format!("{M}/lint"), &none, 409, "not watched (start modemtwin with --lint"),
        (
            "POST",
            &format!("{M}/faults"),
            &json!({"fault": "net.latencies"}),
            400,
            "did you mean `net.latency`?",
        ),
        ("DELETE", &format!("{M}/faults/7"), &none, 404, "no fault `7` is asked for"),
        ("GET", &format!("{M}/events?form=human&kind=urc"), &none, 400, "leave out either form or kind"),
        (
            "GET",
            &format!("{M}/events?kind=urc,sockets"),
            &none,
            400,
            "`sockets` is not known (there are accept, attached,",
        ),
        ("GET", &format!("{M}/events?form=xml"), &none, 400, "write form=json or form=human"),
        ("GET", &format!("{M}/events?kinds=urc"), &none, 400, "`kinds` cannot be asked for here"),
        ("GET", "/v1/modules?name=a", &none, 400, "`name` cannot be asked for here"),
    ] {
        let problem = ask(&client, method, path, body).unwrap_err();
        assert_eq!(problem.status, status, "{method} {path}: {problem}");
        assert!(problem.to_string().contains(said), "{method} {path}: {problem}");
        assert!(!problem.remedy.is_empty() && !problem.title.is_empty(), "{problem:?}");
    }
    for _ in 0..256 {
        ask(&client, "POST", &format!("{M}/faults"), &json!({"fault": "net.refuse after=1h"})).unwrap();
    }
    let many = ask(&client, "POST", &format!("{M}/faults"), &json!({"fault": "net.refuse"})).unwrap_err();
    assert_eq!((many.status, many.detail.as_str()), (409, "a module takes 256 faults at a time"));
    let big = vec![b'x'; 600 * 1024];
    match client.send("PUT", &format!("{M}/files/big"), &big) {
        Err(Failure::Refused(problem)) => assert_eq!(problem.status, 413),
        other => panic!("{other:?}"),
    }
    let full = client.send("PUT", &format!("{M}/files/big"), &big[..300 * 1024]).unwrap_err();
    assert!(full.to_string().contains("no space (remove files first)"), "{full}");
}
