//! Sockets and HTTP.

use crate::{
    api::Problem,
    guard, openapi,
    routes::{Call, ROUTES, Route},
    token::TokenSource,
};
use axum::{
    RequestPartsExt, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request},
    http::{Method, StatusCode},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
    serve::Listener,
};
use daemon::{Handle, SetupError};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

/// Connections at a time; the next one waits.
const MAX_CONNECTIONS: usize = 256;
/// Readers of events at a time, of all modules; the next one is refused, so that there is always room for questions.
pub(crate) const MAX_READERS: usize = 64;
/// Longest wait for the head of a request, also of the next one on a connection.
const SILENCE: Duration = Duration::from_secs(30);
/// Bytes of a body: more than any module's file storage holds.
const MAX_BODY: usize = 512 * 1024;

/// What the interface is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 is any free one.
    pub address: SocketAddr,
    /// An address other than loopback is meant so: everybody who reaches it can try.
    pub any_address: bool,
    /// The token.
    pub token: TokenSource,
}

/// A running interface; it ends with the value.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    token: Option<String>,
    is_published: bool,
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

/// What handlers work with.
pub(crate) struct App {
    /// By name, in the order of the configuration.
    pub(crate) modules: Vec<(String, Handle)>,
    /// Told when the process is to end.
    pub(crate) stop: Arc<Notify>,
    /// The description, as it is served.
    pub(crate) openapi: String,
    /// What readers of events sit on.
    pub(crate) readers: Arc<Semaphore>,
}

impl Server {
    /// Starts to serve `modules`. To be called on a runtime.
    ///
    /// # Errors
    /// The address is no loopback address, or cannot be had; the file of the token cannot be read or written.
    pub async fn start(settings: Settings, modules: Vec<(String, Handle)>) -> Result<Server, SetupError> {
        let Settings { address, any_address, token: source } = settings;
        if !address.ip().is_loopback() && !any_address {
            let reason = "others than this machine could reach it, and no connection is encrypted";
            let remedy = "write 127.0.0.1:PORT, or add --control-any-address if that is wanted";
            return Err(SetupError::new(format_args!("--control {address}"), reason, remedy));
        }
        let taken = |e| {
            SetupError::new(
                format_args!("--control {address}"),
                e,
                "choose another port, or 0 for any free one",
            )
        };
        let token = source.token()?;
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let stop = Arc::new(Notify::new());
        let openapi = openapi::document().to_string();
        let readers = Arc::new(Semaphore::new(MAX_READERS));
        let app = Arc::new(App { modules, stop: stop.clone(), openapi, readers });
        let task = tokio::spawn(accept(listener, router(&app, token.clone())));
        let is_published = matches!(source, TokenSource::File(_));
        let server = Server { address, token, is_published, stop, task };
        source.publish(&server.place())?;
        Ok(server)
    }

    /// Where it is to be found, and its token.
    fn place(&self) -> String {
        let url = format!("http://{}", self.address);
        self.token.iter().fold(url, |url, token| format!("{url} token {token}"))
    }

    /// The line of the start: where it is to be found, and its token, unless that is in a file.
    pub fn announcement(&self) -> String {
        if self.is_published {
            format!("control http://{}", self.address)
        } else {
            format!("control {}", self.place())
        }
    }

    /// Waits until somebody wants the process to end.
    pub async fn stop_wanted(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes connections, and serves each on a task of its own. It never ends by itself.
async fn accept(mut listener: TcpListener, router: Router) {
    let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    loop {
        // The semaphore is never closed.
        let seat = seats.clone().acquire_owned().await;
        let (stream, _) = Listener::accept(&mut listener).await;
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // Of one that breaks there is nobody to be told.
            let _ = connection.await;
            drop(seat);
        });
    }
}

fn router(app: &Arc<App>, token: Option<String>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let app = app.clone();
        let handler = move |request: Request| serve(route, app, request);
        router = router.route(route.path, on(filter(&route.method()), handler));
    }
    router
        .fallback(|request: Request| async move {
            let known = "see /openapi.json for what there is";
            Problem::not_found(request.uri().path(), "there is nothing here", known)
        })
        .method_not_allowed_fallback(|request: Request| async move {
            let detail = format!("this cannot be done by {}", request.method());
            let remedy = "see /openapi.json for what can be done here";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, request.uri().path(), detail, remedy)
        })
        .layer(from_fn(move |request: Request, next: Next| {
            let admitted = guard::admit(request.headers(), token.as_deref());
            async move {
                match admitted {
                    Ok(()) => next.run(request).await,
                    Err(problem) => problem.into_response(),
                }
            }
        }))
}

fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE)
}

async fn serve(route: &'static Route, app: Arc<App>, request: Request) -> Response {
    match call(route, app, request).await {
        Ok(call) => (route.run)(call).await.unwrap_or_else(IntoResponse::into_response),
        Err(problem) => problem.into_response(),
    }
}

/// Everything of a request that a handler needs.
async fn call(route: &Route, app: Arc<App>, request: Request) -> Result<Call, Problem> {
    let (mut parts, body) = request.into_parts();
    let place = parts.uri.path().to_owned();
    let Path(path) = parts
        .extract::<Path<HashMap<String, String>>>()
        .await
        .map_err(|e| Problem::bad(&place, e.body_text(), "write names in UTF-8 and percent-encoded"))?;
    let Query(query) = parts
        .extract::<Query<HashMap<String, String>>>()
        .await
        .map_err(|e| Problem::bad(&place, e.body_text(), "write ?NAME=VALUE&NAME=VALUE, percent-encoded"))?;
    if let Some(name) = query.keys().find(|name| route.query.iter().all(|(known, _)| known != name)) {
        let detail = format!("`{name}` cannot be asked for here");
        return Err(Problem::bad(&place, detail, "see /openapi.json for what can stand behind `?`"));
    }
    let body = to_bytes(Body::new(body), MAX_BODY).await.map_err(|e| {
        let detail = format!("the body: {e}; it may have {MAX_BODY} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, &place, detail, "send less at a time")
    })?;
    Ok(Call { app, place, path, query, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        runtime::Builder,
        time::timeout,
    };

    #[test]
    fn who_says_nothing_keeps_no_seat() {
        // Time passes as soon as everybody waits.
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let address = "127.0.0.1:0".parse().unwrap();
            let settings = Settings { address, any_address: false, token: TokenSource::None };
            let server = Server::start(settings, Vec::new()).await.unwrap();
            for said in ["", "GET /v1/mod", "GET /v1/modules HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"] {
                let mut stream = TcpStream::connect(server.address).await.unwrap();
                stream.write_all(said.as_bytes()).await.unwrap();
                let mut answer = String::new();
                timeout(2 * SILENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
                assert_eq!(answer.starts_with("HTTP/1.1 200"), said.ends_with("\r\n\r\n"), "{answer}");
            }
        });
    }
}
