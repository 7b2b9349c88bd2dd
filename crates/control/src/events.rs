//! What happens in a module, as server-sent events.

use crate::{api::Problem, routes::Call, server::MAX_READERS};
use axum::{
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use daemon::{Events, Form, KINDS, Sight};
use futures_core::Stream;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::OwnedSemaphorePermit;

pub(crate) async fn events(call: Call) -> Result<Response, Problem> {
    let form = match call.query.get("form").map(String::as_str) {
        None | Some("json") => Form::Json,
        Some("human") => Form::Human,
        Some(other) => {
            let detail = format!("form: `{other}` is not known");
            return Err(Problem::bad(&call.place, detail, "write form=json or form=human"));
        }
    };
    let kinds = call.query.get("kind").map_or("", String::as_str);
    let kinds: Vec<String> = kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    if let Some(other) = kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        let detail = format!("kind: `{other}` is not known");
        return Err(Problem::bad(&call.place, detail, &format!("there are {}", KINDS.join(", "))));
    }
    if matches!(form, Form::Human) && call.query.get("kind").is_some_and(|kinds| !kinds.is_empty()) {
        return Err(Problem::bad(
            &call.place,
            "lines for people have no kinds",
            "leave out either form or kind",
        ));
    }
    let module = call.module()?;
    let seat = call.app.readers.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("there are {MAX_READERS} readers of events");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, &call.place, detail, "end one of them first")
    })?;
    let events = module.events(form, kinds).await.map_err(|gone| call.gone(gone))?;
    Ok(Sse::new(Lines { events, _seat: seat }).keep_alive(KeepAlive::default()).into_response())
}

struct Lines {
    events: Events,
    _seat: OwnedSemaphorePermit,
}

impl Stream for Lines {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_next(cx).map(|sight| Some(Ok(event(sight?))))
    }
}

fn event(sight: Sight) -> Event {
    match sight {
        // A line end would end the event.
        Sight::Line(line) => Event::default().data(line.replace(['\r', '\n'], " ")),
        Sight::Lost(lines) => {
            Event::default().event("lost").data(format!("{{\"kind\":\"lost\",\"lines\":{lines}}}"))
        }
    }
}
