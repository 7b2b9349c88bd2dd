//! Sockets and HTTP.

use crate::{
    api::Problem,
    guard, openapi,
    routes::{Call, ROUTES, Route},
    token::TokenSource,
};
use axum::{
    RequestPartsExt,
    middleware::{Next, from_fn},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
    serve::Listener,
};
use daemon::{Handle, SetupError};
use std::{
    collections::HashMap,
    io::Result as IoResult,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// Connections at a time; the next one waits.
const MAX_CONNECTIONS: usize = 64;
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
        let app = Arc::new(App { modules, stop: stop.clone(), openapi: openapi::document().to_string() });
        let service = router(&app, token.clone());
        let listener = Limited { listener, seats: Arc::new(Semaphore::new(MAX_CONNECTIONS)) };
        let task = tokio::spawn(async move {
            // It never ends by itself.
            let _ = axum::serve(listener, service).await;
        });
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
    match call(app, request).await {
        Ok(call) => (route.run)(call).await.unwrap_or_else(IntoResponse::into_response),
        Err(problem) => problem.into_response(),
    }
}

/// Everything of a request that a handler needs.
async fn call(app: Arc<App>, request: Request) -> Result<Call, Problem> {
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
    let body = to_bytes(Body::new(body), MAX_BODY).await.map_err(|e| {
        let detail = format!("the body ends early or is longer than {MAX_BODY} bytes: {e}");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, &place, detail, "send less at a time")
    })?;
    Ok(Call { app, place, path, query, body })
}

/// A listener that takes so many connections at a time.
struct Limited {
    listener: TcpListener,
    seats: Arc<Semaphore>,
}

/// A connection, and its seat.
struct Seated {
    stream: TcpStream,
    _seat: Option<OwnedSemaphorePermit>,
}

impl Listener for Limited {
    type Io = Seated;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seated, SocketAddr) {
        // The semaphore is never closed.
        let seat = self.seats.clone().acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Seated { stream, _seat: seat }, address)
    }

    fn local_addr(&self) -> IoResult<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Seated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<IoResult<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Seated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<IoResult<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
