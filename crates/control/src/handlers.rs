//! What the routes do.

use crate::{
    api::{self, Problem},
    routes::{Call, json, nothing, typed},
};
use axum::{body::Bytes, http::StatusCode, response::Response};
use daemon::{
    FaultRefused, Gone, Handle, LinesError, LintView, Operator, SimCard,
    faults::{Fault, Lift},
    view,
};
use std::sync::Arc;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

type Answer = Result<Response, Problem>;

pub(crate) async fn description(call: Call) -> Answer {
    Ok(typed("application/json", call.app.openapi.clone().into()))
}

pub(crate) async fn modules(call: Call) -> Answer {
    let modules = call.app.modules.iter().map(|(name, handle)| api::ModuleName::new(name, handle.ports()));
    Ok(json(&api::Modules { version: env!("CARGO_PKG_VERSION").into(), modules: modules.collect() }))
}

pub(crate) async fn shutdown(call: Call) -> Answer {
    call.app.stop.notify_one();
    Ok(nothing())
}

pub(crate) async fn module(call: Call) -> Answer {
    Ok(json(&api::Module::new(call.parameter("module"), state(&call).await?)))
}

pub(crate) async fn ports(call: Call) -> Answer {
    let module = call.module()?;
    let ports = module.ask(|module, _| module.ports()).await.map_err(|gone| call.gone(gone))?;
    let ports = ports.iter().map(|port| api::Port::new(port, module.ports())).collect();
    Ok(json(&api::Ports { ports }))
}

pub(crate) async fn lines(call: Call) -> Answer {
    Ok(json(&port(&call).await?.lines))
}

pub(crate) async fn move_lines(call: Call) -> Answer {
    let change: api::LinesChange = call.value()?;
    let module = call.module()?;
    let name = port(&call).await?.name;
    let id = module.ports().iter().find(|(port, _)| port.name() == name).map(|(port, _)| *port);
    let moved = match id {
        Some(port) => module.move_lines(port, change.dtr, change.rts).await,
        // A channel of AT+CMUX: its lines are in the frames of its wire.
        None => Err(LinesError::HasWire),
    };
    moved.map_err(|error| match error {
        LinesError::Gone => call.gone(Gone),
        LinesError::NoPort => call.no_port(),
        LinesError::NoHost => Problem::conflict(&call.place, error, "open the port first"),
        LinesError::HasWire => Problem::conflict(&call.place, error, "move them at the host's end"),
    })?;
    lines(call).await
}

pub(crate) async fn pdp_contexts(call: Call) -> Answer {
    let contexts = ask(&call, |module, _| module.pdp_contexts()).await?;
    Ok(json(&api::PdpContexts { contexts: contexts.into_iter().map(Into::into).collect() }))
}

pub(crate) async fn drop_pdp(call: Call) -> Answer {
    let module = call.module()?;
    let number = call.parameter("context");
    let id = number.parse().ok().filter(|id| (1..=15).contains(id));
    let id: u8 = id.ok_or_else(|| {
        Problem::not_found(
            &call.place,
            format_args!("`{number}` is no PDP context"),
            "give a number of 1 to 15",
        )
    })?;
    let contexts = ask(&call, |module, _| module.pdp_contexts()).await?;
    if !contexts.iter().any(|context| context.id == id && context.is_active) {
        let detail = format!("PDP context {id} is not active");
        return Err(Problem::conflict(&call.place, detail, "activate it first: AT+QIACT"));
    }
    operate(&call, module, Operator::LosePdp(id)).await?;
    Ok(nothing())
}

pub(crate) async fn ssl_contexts(call: Call) -> Answer {
    let contexts = ask(&call, |module, _| module.ssl_contexts()).await?;
    Ok(json(&api::SslContexts { contexts: contexts.into_iter().map(Into::into).collect() }))
}

pub(crate) async fn sockets(call: Call) -> Answer {
    let sockets = ask(&call, |module, _| module.sockets()).await?;
    Ok(json(&api::Sockets { sockets: sockets.into_iter().map(Into::into).collect() }))
}

pub(crate) async fn files(call: Call) -> Answer {
    let files = ask(&call, |module, _| module.files()).await?;
    Ok(json(&api::Files::from(files)))
}

pub(crate) async fn read_file(call: Call) -> Answer {
    let name = call.parameter("file").to_owned();
    let content = ask(&call, move |module, _| module.read_file(&name)).await?;
    let content = content.map_err(|error| file_problem(&call, error.code, error.text))?;
    Ok(typed("application/octet-stream", Bytes::from(Arc::unwrap_or_clone(content)).into()))
}

pub(crate) async fn put_file(call: Call) -> Answer {
    let (name, content) = (call.parameter("file").to_owned(), call.body.to_vec());
    let done = ask(&call, move |module, _| module.put_file(&name, content)).await?;
    done.map_err(|error| file_problem(&call, error.code, error.text))?;
    Ok(nothing())
}

pub(crate) async fn remove_file(call: Call) -> Answer {
    let name = call.parameter("file").to_owned();
    let done = ask(&call, move |module, _| module.remove_file(&name)).await?;
    done.map_err(|error| file_problem(&call, error.code, error.text))?;
    Ok(nothing())
}

pub(crate) async fn clock(call: Call) -> Answer {
    Ok(json(&api::Clock::from(state(&call).await?.clock)))
}

pub(crate) async fn set_clock(call: Call) -> Answer {
    let wanted: api::NewClock = call.value()?;
    let module = call.module()?;
    let unix = match (wanted.unix, wanted.utc) {
        (Some(unix), None) => Some(unix),
        (None, Some(text)) => OffsetDateTime::parse(&text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp),
        _ => None,
    };
    // What has no date, the module could not show.
    let unix = unix.filter(|unix| OffsetDateTime::from_unix_timestamp(*unix).is_ok()).ok_or_else(|| {
        let remedy = "give either `unix`, seconds since 1970, or `utc`, as in 2026-03-01T12:00:00Z";
        Problem::bad(&call.place, "this is no time", remedy)
    })?;
    operate(&call, module, Operator::Clock(unix)).await?;
    clock(call).await
}

pub(crate) async fn power(call: Call) -> Answer {
    let act: api::PowerAct = call.value()?;
    let order = match act.press {
        api::Key::Power => Operator::PowerKey,
        api::Key::Reset => Operator::Reset,
    };
    operate(&call, call.module()?, order).await?;
    Ok(nothing())
}

pub(crate) async fn sim(call: Call) -> Answer {
    Ok(json(&api::Sim::from(state(&call).await?.sim)))
}

pub(crate) async fn insert_sim(call: Call) -> Answer {
    let card: api::NewSim = call.value()?;
    let is_pin = |pin: &String| (4..=8).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit());
    if !card.pin.as_ref().is_none_or(is_pin) {
        return Err(Problem::bad(&call.place, "this is no PIN", "give 4 to 8 digits, as in \"1234\""));
    }
    operate(&call, call.module()?, Operator::Sim(Some(SimCard { pin: card.pin }))).await?;
    sim(call).await
}

pub(crate) async fn remove_sim(call: Call) -> Answer {
    operate(&call, call.module()?, Operator::Sim(None)).await?;
    sim(call).await
}

pub(crate) async fn network(call: Call) -> Answer {
    Ok(json(&api::Network::from(state(&call).await?.network)))
}

pub(crate) async fn change_network(call: Call) -> Answer {
    let change: api::NetworkChange = call.value()?;
    if change.signal.is_some_and(|signal| signal > 31) {
        return Err(Problem::bad(
            &call.place,
            "this is no signal strength",
            "give 0 to 31, as AT+CSQ prints it",
        ));
    }
    let module = call.module()?;
    let orders = [
        change.coverage.map(|coverage| Operator::Coverage(coverage.into())),
        change.signal.map(Operator::Signal),
        change.refuse_pdp.map(Operator::RefusePdp),
    ];
    for order in orders.into_iter().flatten() {
        operate(&call, module, order).await?;
    }
    network(call).await
}

pub(crate) async fn faults(call: Call) -> Answer {
    let faults = call.module()?.faults().await.map_err(|gone| call.gone(gone))?;
    Ok(json(&api::Faults { faults: faults.into_iter().map(Into::into).collect() }))
}

pub(crate) async fn add_fault(call: Call) -> Answer {
    let wanted: api::NewFault = call.value()?;
    let fault = wanted.fault.parse::<Fault>();
    let fault = fault.map_err(|error| {
        Problem::bad(&call.place, error, "`modemtwin faults` and docs/faults.md have all of them")
    })?;
    let id = call.module()?.inject(fault).await.map_err(|refused| match refused {
        FaultRefused::Gone => call.gone(Gone),
        FaultRefused::TooMany(many) => {
            Problem::conflict(&call.place, many, "end some first: DELETE .../faults/all")
        }
    })?;
    Ok(json(&api::FaultId { id }))
}

pub(crate) async fn lift_faults(call: Call) -> Answer {
    let which = Lift::parse(call.parameter("fault"));
    let is_all = which == Lift::All;
    let lifted = call.module()?.lift(which).await.map_err(|gone| call.gone(gone))?;
    if lifted == 0 && !is_all {
        let detail = format!("no fault `{}` is asked for", call.parameter("fault"));
        return Err(Problem::not_found(&call.place, detail, "see the list of faults"));
    }
    Ok(json(&api::Lifted { lifted }))
}

pub(crate) async fn lint(call: Call) -> Answer {
    // A finding has a form of its own, which the description repeats.
    let findings = lint_view(&call)?.findings();
    Ok(json(&serde_json::json!({ "findings": findings })))
}

pub(crate) async fn coverage(call: Call) -> Answer {
    Ok(json(&lint_view(&call)?.coverage()))
}

fn lint_view(call: &Call) -> Result<&LintView, Problem> {
    call.module()?.lint().ok_or_else(|| {
        Problem::conflict(
            &call.place,
            "the host driver is not watched",
            "start modemtwin with --lint FILE, or --lint -",
        )
    })
}

pub(crate) async fn why(call: Call) -> Answer {
    let failures = call.module()?.failures();
    Ok(json(&api::Failures { failures: failures.into_iter().map(Into::into).collect() }))
}

async fn state(call: &Call) -> Result<view::State, Problem> {
    ask(call, |module, now| module.state(now)).await
}

/// The port of the path.
async fn port(call: &Call) -> Result<api::Port, Problem> {
    let module = call.module()?;
    let wanted = call.parameter("port");
    let ports = ask(call, |module, _| module.ports()).await?;
    let port = ports.iter().find(|port| port.name.name() == wanted);
    port.map(|port| api::Port::new(port, module.ports())).ok_or_else(|| call.no_port())
}

async fn ask<T: Send + 'static>(
    call: &Call,
    question: impl FnOnce(&mut daemon::Module, daemon::Instant) -> T + Send + 'static,
) -> Result<T, Problem> {
    call.module()?.ask(question).await.map_err(|gone| call.gone(gone))
}

async fn operate(call: &Call, module: &Handle, order: Operator) -> Result<(), Problem> {
    module.operate(order).await.map_err(|gone| call.gone(gone))
}

/// What the module says about a file, by the number and words of its `+CME ERROR`.
fn file_problem(call: &Call, code: u16, text: &str) -> Problem {
    let (status, remedy) = match code {
        405 => (StatusCode::NOT_FOUND, "see the list of files"),
        406 => (StatusCode::BAD_REQUEST, "names have 1 to 80 bytes, without `*`, `:` and control characters"),
        426 => (StatusCode::CONFLICT, "let the host close it first: AT+QFCLOSE"),
        _ => (StatusCode::CONFLICT, "remove files first"),
    };
    Problem::new(status, &call.place, text, remedy)
}

impl Call {
    pub(crate) fn gone(&self, gone: Gone) -> Problem {
        Problem::conflict(&self.place, gone, "start it again")
    }

    fn no_port(&self) -> Problem {
        let detail = format!("the module has no port {}", self.parameter("port"));
        Problem::not_found(&self.place, detail, "see the list of its ports")
    }
}
