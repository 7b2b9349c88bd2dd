//! Errors of the interface (RFC 9457): place, reason, remedy.

use crate::api::Problem;
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONNECTION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use std::fmt;

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        place: impl fmt::Display,
        detail: impl fmt::Display,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or_default().into(),
            place: place.to_string(),
            detail: detail.to_string(),
            remedy: remedy.into(),
        }
    }

    /// What was asked for cannot be understood.
    pub(crate) fn bad(place: impl fmt::Display, detail: impl fmt::Display, remedy: &str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, place, detail, remedy)
    }

    pub(crate) fn not_found(place: impl fmt::Display, detail: impl fmt::Display, remedy: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, place, detail, remedy)
    }

    /// It cannot be done as things are.
    pub(crate) fn conflict(place: impl fmt::Display, detail: impl fmt::Display, remedy: &str) -> Problem {
        Problem::new(StatusCode::CONFLICT, place, detail, remedy)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.detail, self.remedy)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            // Who is refused keeps no seat from others.
            (CONNECTION, HeaderValue::from_static("close")),
        ];
        let mut response = (status, headers, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
