//! The table of routes. Router and description are made of it.

use crate::{
    api::{self, Problem},
    events, handlers as h,
    server::App,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use daemon::Handle;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, pin::Pin, sync::Arc};

/// One thing that can be asked for.
pub(crate) struct Route {
    /// GET and so on.
    pub(crate) verb: &'static str,
    /// With its parameters in braces; they are described in [`PARAMETERS`].
    pub(crate) path: &'static str,
    /// Its name in the description.
    pub(crate) id: &'static str,
    /// What it does.
    pub(crate) summary: &'static str,
    /// Parameters behind the question mark, all optional, and what they are.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// What comes.
    pub(crate) body: Content,
    /// What goes.
    pub(crate) answer: Content,
    /// What is done.
    pub(crate) run: fn(Call) -> Running,
}

/// What a body or an answer has in it.
pub(crate) enum Content {
    Nothing,
    /// A value of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Any JSON value.
    AnyJson,
    /// Bytes as they are.
    Bytes,
    /// Server-sent events.
    Events,
}

/// The work on a request.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// A request.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    /// Its path, for errors.
    pub(crate) place: String,
    pub(crate) path: HashMap<String, String>,
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: Bytes,
}

/// The parameters of paths.
pub(crate) const PARAMETERS: [(&str, &str); 5] = [
    ("module", "Name of a module, as /v1/modules lists it"),
    ("port", "usbat, usbmodem or uart1"),
    ("file", "Name of a file, with or without UFS:"),
    ("fault", "Number of a fault, name of faults or of a family of them, or all"),
    ("context", "Number of a PDP context, 1 to 15"),
];

/// Everything there is.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        answer: Content::AnyJson,
        ..get("/openapi.json", "description", "This description", |c| Box::pin(h::description(c)))
    },
    Route {
        answer: Content::Json(schema::<api::Modules>),
        ..get("/v1/modules", "modules", "The modules of this process", |c| Box::pin(h::modules(c)))
    },
    post("/v1/shutdown", "shutdown", "End the process, as SIGTERM does", |c| Box::pin(h::shutdown(c))),
    Route {
        answer: Content::Json(schema::<api::Module>),
        ..get("/v1/modules/{module}", "module", "The module as a whole", |c| Box::pin(h::module(c)))
    },
    Route {
        answer: Content::Json(schema::<api::Ports>),
        ..get("/v1/modules/{module}/ports", "ports", "Its AT ports", |c| Box::pin(h::ports(c)))
    },
    Route {
        answer: Content::Json(schema::<api::Lines>),
        ..get("/v1/modules/{module}/ports/{port}/lines", "lines", "Modem lines of a port", |c| {
            Box::pin(h::lines(c))
        })
    },
    Route {
        verb: "PATCH",
        body: Content::Json(schema::<api::LinesChange>),
        answer: Content::Json(schema::<api::Lines>),
        ..get(
            "/v1/modules/{module}/ports/{port}/lines",
            "moveLines",
            "Drive the host's modem lines of a pty, TCP or Unix port",
            |c| Box::pin(h::move_lines(c)),
        )
    },
    Route {
        answer: Content::Json(schema::<api::PdpContexts>),
        ..get("/v1/modules/{module}/pdp", "pdpContexts", "PDP contexts", |c| Box::pin(h::pdp_contexts(c)))
    },
    post("/v1/modules/{module}/pdp/{context}/drop", "dropPdp", "The network ends a PDP context", |c| {
        Box::pin(h::drop_pdp(c))
    }),
    Route {
        answer: Content::Json(schema::<api::SslContexts>),
        ..get("/v1/modules/{module}/ssl", "sslContexts", "SSL contexts", |c| Box::pin(h::ssl_contexts(c)))
    },
    Route {
        answer: Content::Json(schema::<api::Sockets>),
        ..get("/v1/modules/{module}/sockets", "sockets", "Sockets that are not in Initial", |c| {
            Box::pin(h::sockets(c))
        })
    },
    Route {
        answer: Content::Json(schema::<api::Files>),
        ..get("/v1/modules/{module}/files", "files", "Files", |c| Box::pin(h::files(c)))
    },
    Route {
        answer: Content::Bytes,
        ..get("/v1/modules/{module}/files/{file}", "readFile", "The content of a file", |c| {
            Box::pin(h::read_file(c))
        })
    },
    Route {
        verb: "PUT",
        body: Content::Bytes,
        ..get(
            "/v1/modules/{module}/files/{file}",
            "putFile",
            "Put a file in place of whatever has its name",
            |c| Box::pin(h::put_file(c)),
        )
    },
    Route {
        verb: "DELETE",
        ..get("/v1/modules/{module}/files/{file}", "removeFile", "Remove a file", |c| {
            Box::pin(h::remove_file(c))
        })
    },
    Route {
        answer: Content::Json(schema::<api::Clock>),
        ..get("/v1/modules/{module}/clock", "clock", "The module's clock", |c| Box::pin(h::clock(c)))
    },
    Route {
        verb: "PUT",
        body: Content::Json(schema::<api::NewClock>),
        answer: Content::Json(schema::<api::Clock>),
        ..get("/v1/modules/{module}/clock", "setClock", "Set the module's clock; its zone stays", |c| {
            Box::pin(h::set_clock(c))
        })
    },
    Route {
        body: Content::Json(schema::<api::PowerAct>),
        ..post("/v1/modules/{module}/power", "power", "Press PWRKEY or RESET_N", |c| Box::pin(h::power(c)))
    },
    Route {
        answer: Content::Json(schema::<api::Sim>),
        ..get("/v1/modules/{module}/sim", "sim", "The SIM holder", |c| Box::pin(h::sim(c)))
    },
    Route {
        verb: "PUT",
        body: Content::Json(schema::<api::NewSim>),
        answer: Content::Json(schema::<api::Sim>),
        ..get("/v1/modules/{module}/sim", "insertSim", "Put another card into the SIM holder", |c| {
            Box::pin(h::insert_sim(c))
        })
    },
    Route {
        verb: "DELETE",
        answer: Content::Json(schema::<api::Sim>),
        ..get("/v1/modules/{module}/sim", "removeSim", "Take the card out of the SIM holder", |c| {
            Box::pin(h::remove_sim(c))
        })
    },
    Route {
        answer: Content::Json(schema::<api::Network>),
        ..get("/v1/modules/{module}/network", "network", "Network and registration", |c| {
            Box::pin(h::network(c))
        })
    },
    Route {
        verb: "PATCH",
        body: Content::Json(schema::<api::NetworkChange>),
        answer: Content::Json(schema::<api::Network>),
        ..get(
            "/v1/modules/{module}/network",
            "changeNetwork",
            "Coverage, signal, refusal of PDP contexts",
            |c| Box::pin(h::change_network(c)),
        )
    },
    Route {
        answer: Content::Json(schema::<api::Faults>),
        ..get("/v1/modules/{module}/faults", "faults", "Faults that are asked for and not over", |c| {
            Box::pin(h::faults(c))
        })
    },
    Route {
        body: Content::Json(schema::<api::NewFault>),
        answer: Content::Json(schema::<api::FaultId>),
        ..post("/v1/modules/{module}/faults", "addFault", "Ask for a fault", |c| Box::pin(h::add_fault(c)))
    },
    Route {
        verb: "DELETE",
        answer: Content::Json(schema::<api::Lifted>),
        ..get("/v1/modules/{module}/faults/{fault}", "liftFaults", "End faults", |c| {
            Box::pin(h::lift_faults(c))
        })
    },
    Route {
        answer: Content::Json(schema::<api::Findings>),
        ..get("/v1/modules/{module}/lint", "lint", "What the host driver has done wrong so far", |c| {
            Box::pin(h::lint(c))
        })
    },
    Route {
        answer: Content::Json(schema::<api::Coverage>),
        ..get(
            "/v1/modules/{module}/coverage",
            "coverage",
            "What of the module the host driver has met so far",
            |c| Box::pin(h::coverage(c)),
        )
    },
    Route {
        answer: Content::Json(schema::<api::Failures>),
        ..get("/v1/modules/{module}/why", "why", "The last failures: what happened, and what helps", |c| {
            Box::pin(h::why(c))
        })
    },
    Route {
        query: &[
            ("kind", "Only events of these kinds, with commas between them, as in urc,socket"),
            ("form", "json (a line of docs/trace.md each) or human"),
        ],
        answer: Content::Events,
        ..get("/v1/modules/{module}/events", "events", "What happens from now on", |c| {
            Box::pin(events::events(c))
        })
    },
];

const fn get(path: &'static str, id: &'static str, summary: &'static str, run: fn(Call) -> Running) -> Route {
    let (body, answer) = (Content::Nothing, Content::Nothing);
    Route { verb: "GET", path, id, summary, query: &[], body, answer, run }
}

const fn post(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    run: fn(Call) -> Running,
) -> Route {
    Route { verb: "POST", ..get(path, id, summary, run) }
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Route {
    pub(crate) fn method(&self) -> Method {
        Method::from_bytes(self.verb.as_bytes()).unwrap_or(Method::TRACE)
    }
}

impl Call {
    /// A parameter of the path; empty for one that the route does not have.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The module of the path.
    pub(crate) fn module(&self) -> Result<&Handle, Problem> {
        let wanted = self.parameter("module");
        self.app.modules.iter().find(|(name, _)| name == wanted).map(|(_, handle)| handle).ok_or_else(|| {
            let detail = format!("no module is called `{wanted}`");
            Problem::not_found(&self.place, detail, "see /v1/modules for their names")
        })
    }

    /// The value in the body.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|e| {
            Problem::bad(&self.place, format_args!("the body: {e}"), "see /openapi.json for its form")
        })
    }
}

/// An answer in JSON.
pub(crate) fn json(value: &impl Serialize) -> Response {
    let text = serde_json::to_vec(value).unwrap_or_default();
    typed("application/json", text.into())
}

/// An answer that says only that all went well.
pub(crate) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// An answer of another type.
pub(crate) fn typed(content_type: &'static str, body: Body) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}
