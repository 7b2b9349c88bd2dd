//! The control interface over real HTTP: every route, who is let in, what it says when something is wrong.

use crate::{
    harness::{Folder, Modemtwin, output},
    servers::Server,
    transfer::{Host, Item},
};
use control::client::{Client, Failure};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

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

/// Does a value fit a schema? Words of schemas that this does not know fail, so that none is passed over.
fn fits(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{why}: {value} is not {schema}"));
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "description" | "title" | "format" => {}
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                fits(root, target, value)?;
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                let is = |name: &Value| match name.as_str().unwrap() {
                    "null" => value.is_null(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "string" => value.is_string(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("{other}"),
                };
                if !types.iter().any(is) {
                    return wrong("type");
                }
            }
            "minimum" if value.as_f64().is_some_and(|n| n < rule.as_f64().unwrap()) => {
                return wrong("minimum");
            }
            "maximum" if value.as_f64().is_some_and(|n| n > rule.as_f64().unwrap()) => {
                return wrong("maximum");
            }
            "minimum" | "maximum" => {}
            "enum" if !rule.as_array().unwrap().contains(value) => return wrong("enum"),
            "enum" => {}
            "const" if rule != value => return wrong("const"),
            "const" => {}
            "anyOf" | "oneOf" => {
                if !rule.as_array().unwrap().iter().any(|schema| fits(root, schema, value).is_ok()) {
                    return wrong("none of them");
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(root, rule, item)?;
                }
            }
            "required" => {
                if let Some(missing) =
                    rule.as_array().unwrap().iter().find(|name| value.get(name.as_str().unwrap()).is_none())
                {
                    return wrong(&format!("{missing} is missing"));
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(root, schema, value)?;
                    }
                }
            }
            "additionalProperties" if rule.is_object() => {
                for value in value.as_object().unwrap().values() {
                    fits(root, rule, value)?;
                }
            }
            "additionalProperties" => {
                assert_eq!(*rule, json!(false));
                let known = schema["properties"].as_object().unwrap();
                if let Some(name) = value.as_object().unwrap().keys().find(|name| !known.contains_key(*name))
                {
                    return wrong(&format!("{name} is too much"));
                }
            }
            other => panic!("a schema says {other}, and this test does not know what that means"),
        }
    }
    Ok(())
}

/// Asks for things, and compares each answer with the description.
struct Compared<'a> {
    client: &'a Client,
    description: Value,
    asked: BTreeSet<String>,
}

impl Compared<'_> {
    fn ask(&mut self, method: &str, template: &str, path: &str, body: Value) -> Value {
        let operation = self.description["paths"][template][method.to_lowercase()].clone();
        let media = |content: &Value| content["application/json"]["schema"].clone();
        if operation.get("requestBody").is_some() {
            let schema = media(&operation["requestBody"]["content"]);
            fits(&self.description, &schema, &body).unwrap();
        } else {
            assert!(body.is_null(), "{method} {template} takes no body");
        }
        let answer = ask(self.client, method, path, &body).unwrap();
        if answer.is_null() {
            assert!(operation["responses"]["204"].is_object(), "{method} {template}: {operation}");
        } else {
            let schema = media(&operation["responses"]["200"]["content"]);
            assert!(schema.is_object(), "{method} {template}: {operation}");
            fits(&self.description, &schema, &answer).unwrap();
        }
        self.asked.insert(format!("{method} {template}"));
        answer
    }

    /// The same below the module; `{module}` is the first word of the path that differs.
    fn of(&mut self, method: &str, template: &str, rest: &str, body: Value) -> Value {
        self.ask(method, &format!("/v1/modules/{{module}}{template}"), &format!("{M}{rest}"), body)
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
    assert_eq!(modem.ended().code(), Some(0));

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
    status
}

#[test]
fn only_who_has_the_token_is_let_in_and_no_page_of_a_browser() {
    let (modem, _) = start(&[]);
    let token = modem.control().split_whitespace().last().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(knock(&modem, &format!("Host: 127.0.0.1\r\n{bearer}")), 200);
    assert_eq!(knock(&modem, &format!("Host: localhost:1\r\n{bearer}")), 200);
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

#[test]
fn events_tell_what_happens_and_filters_choose() {
    let (modem, client) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let mut all = client.events(&format!("{M}/events")).unwrap();
    let mut codes = client.events(&format!("{M}/events?kind=urc,operator")).unwrap();
    let mut human = client.events(&format!("{M}/events?form=human")).unwrap();
    let mut host = modem.dte("uart1");
    host.command("AT+QSIMSTAT=1").unwrap();
    ask(&client, "DELETE", &format!("{M}/sim"), &Value::Null).unwrap();

    let mut next = || serde_json::from_str::<Value>(&codes.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["order"], "Sim(None)");
    assert_eq!(next()["text"], "+QSIMSTAT: 1,0");
    assert_eq!(next()["text"], "+CPIN: NOT READY");
    let kind = |line: std::io::Result<String>| {
        serde_json::from_str::<Value>(&line.unwrap()).unwrap()["kind"].as_str().unwrap().to_owned()
    };
    let mut kinds = all.by_ref().map(kind);
    for wanted in ["attached", "host", "command", "module", "operator", "urc"] {
        assert!(kinds.any(|kind| kind == wanted), "{wanted}");
    }
    assert!(human.any(|line| line.unwrap().contains("uart1 > AT+QSIMSTAT=1\\r")));
    // The end of the process is the end of the events.
    drop(modem);
    assert!(codes.last().is_none_or(|line| line.is_err()));
}

#[test]
fn a_slow_reader_of_events_is_told_what_it_lost_and_slows_nobody() {
    // More than a reader's queue and the buffers of a connection hold together.
    const LINES: usize = 12_000;
    let line = format!("AT{}\r", " ".repeat(4000));
    let (modem, client) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let events = client.events(&format!("{M}/events?kind=host,module,lost")).unwrap();
    let mut host = modem.dte("uart1");
    let mut writer = host.try_clone().unwrap();
    host.command("ATE0").unwrap();
    let writing = std::thread::spawn(move || writer.say(line.repeat(LINES).as_bytes()).unwrap());
    let answers = b"\r\nOK\r\n".repeat(LINES);
    assert_eq!(host.hear_exactly(answers.len()).unwrap(), answers);
    writing.join().unwrap();
    // All has been said while nobody read the events.
    let mut lines = events.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut heard = lines.by_ref().take_while(|line| line["kind"] != "lost");
    assert!(heard.any(|line| line["kind"] == "host"));
    assert_eq!(heard.last().unwrap()["port"], "uart1");
    // And what follows is told again.
    host.command("ATI").unwrap();
    assert!(lines.any(|line| line["data"] == "ATI\r"));
}
