//! The calls of a client, and of the browser that it sends.

use std::sync::atomic::Ordering::Relaxed;

use axum::{
    extract::State as Extract,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use platform::http::{Json, Problem, Query, Raw, kinds::INVALID_PARAMETER};
use serde::de::{DeserializeOwned, value::StrDeserializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};

use super::{CODE_LASTS, Fault, Parameters, Promise, TOKEN_LASTS, issue, keys::Algorithm};
use crate::state::Sandbox;

/// What we call ourselves, for who reaches us in this way.
fn issuer(sandbox: &Sandbox, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let base = sandbox.config.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    format!("{}/oidc", base.trim_end_matches('/'))
}

/// `GET /oidc/.well-known/openid-configuration`: what we are (OpenID Connect Discovery 1.0).
pub async fn document(Extract(sandbox): Extract<Sandbox>, headers: HeaderMap) -> Json<Value> {
    sandbox.oidc.reads.document.fetch_add(1, Relaxed);
    let issuer = issuer(&sandbox, &headers);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

/// `GET /oidc/keys`: the keys that sign.
pub async fn keys(Extract(sandbox): Extract<Sandbox>) -> Json<Value> {
    sandbox.oidc.reads.keys.fetch_add(1, Relaxed);
    Json(sandbox.oidc.keys().published())
}

/// `GET /oidc/reads`: how often document and keys were read, for tests.
pub async fn reads(Extract(sandbox): Extract<Sandbox>) -> Json<Value> {
    let reads = &sandbox.oidc.reads;
    Json(json!({"document": reads.document.load(Relaxed), "keys": reads.keys.load(Relaxed)}))
}

/// `POST /oidc/rotate`: signs by other keys from now on.
pub async fn rotate(Extract(sandbox): Extract<Sandbox>) -> StatusCode {
    sandbox.oidc.rotate();
    StatusCode::NO_CONTENT
}

/// `GET /oidc/authorize`: asks who signs in.
///
/// # Errors
/// `invalid-parameter` for a request that is none of the code flow with PKCE.
pub async fn ask(Query(asked): Query<Parameters>) -> Result<Html<String>, Problem> {
    check(&asked)?;
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&asked).finish();
    Ok(Html(format!(
        "<!doctype html><html lang=\"en\"><title>Who are you?</title><h1>Who are you?</h1>\
         <p>This provider is a sandbox: whoever you say you are, you are.</p>\
         <form method=\"post\" action=\"/oidc/authorize?{}\">\
         <p><label>E-mail <input name=\"email\" type=\"email\" required></label></p>\
         <p><label>Name <input name=\"name\"></label></p><p><button>Sign in</button></p></form></html>",
        query.replace('&', "&amp;")
    )))
}

/// `POST /oidc/authorize`: somebody said who they are, and goes back with a code.
///
/// # Errors
/// As [`ask`].
pub async fn answer(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Query(asked): Query<Parameters>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let mut back = check(&asked)?;
    let said: Parameters = form_urlencoded::parse(&body).into_owned().collect();
    let email = said.get("email").cloned().unwrap_or_default();
    let (fault, now): (Fault, _) = (word(&said, "fault")?, sandbox.clock.now());
    let mut answer = vec![("state", asked["state"].clone())];
    match fault {
        Fault::NoIssuer => {}
        Fault::OtherIssuer => answer.push(("iss", "https://another.example".to_owned())),
        _ => answer.push(("iss", issuer(&sandbox, &headers))),
    }
    if fault == Fault::Denied {
        answer.push(("error", "access_denied".to_owned()));
    } else {
        let code = hex::encode(platform::ids::secret::<16>());
        let promise = Promise {
            client: asked["client_id"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            challenge: asked["code_challenge"].clone(),
            nonce: asked.get("nonce").cloned(),
            subject: said.get("sub").cloned().unwrap_or_else(|| email.clone()),
            email,
            name: said.get("name").filter(|name| !name.is_empty()).cloned(),
            algorithm: word::<Algorithm>(&said, "alg")?,
            fault,
            until: now + CODE_LASTS,
        };
        sandbox.oidc.promise(code.clone(), promise, now);
        answer.push(("code", code));
    }
    back.query_pairs_mut().extend_pairs(answer);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, back.to_string())]).into_response())
}

/// `POST /oidc/token`: a code for a token.
pub async fn token(Extract(sandbox): Extract<Sandbox>, headers: HeaderMap, Raw(body): Raw) -> Response {
    let asked: Parameters = form_urlencoded::parse(&body).into_owned().collect();
    let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let Some(client) = client(&sandbox, &headers, &asked) else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    };
    if said("grant_type") != "authorization_code" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now = sandbox.clock.now();
    let Some(promise) = sandbox.oidc.redeem(said("code"), now) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    if promise.fault == Fault::Down {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
    }
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(said("code_verifier").as_bytes()));
    if promise.client != client || promise.redirect_uri != said("redirect_uri") || promise.challenge != proof
    {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let issuer = issuer(&sandbox, &headers);
    let id_token = issue::id_token(&sandbox.oidc, &issuer, &promise, &sandbox.secret, now);
    let access = hex::encode(platform::ids::secret::<16>());
    let seconds = TOKEN_LASTS.num_seconds();
    let answer =
        json!({"access_token": access, "token_type": "Bearer", "expires_in": seconds, "id_token": id_token});
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// Which client asks, if it has the secret.
fn client(sandbox: &Sandbox, headers: &HeaderMap, asked: &Parameters) -> Option<String> {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (id, secret) = if let Some(basic) = basic {
        let text = String::from_utf8(STANDARD.decode(basic.strip_prefix("Basic ")?).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        (decoded(id), decoded(secret))
    } else {
        (asked.get("client_id")?.clone(), asked.get("client_secret")?.clone())
    };
    bool::from(secret.as_bytes().ct_eq(&sandbox.secret)).then_some(id)
}

/// A name or a secret in `Authorization`, where both are encoded like a form (RFC 6749 section 2.3.1).
fn decoded(text: &str) -> String {
    // A pair without a value: what would part two pairs is encoded.
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

/// The address to come back to, of a request as we take it.
fn check(asked: &Parameters) -> Result<Url, Problem> {
    let bad =
        |what: &str| Problem::of(INVALID_PARAMETER).detail(format!("There is something wrong with {what}."));
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|said| said == value);
    if !is("response_type", "code") || !is("code_challenge_method", "S256") {
        return Err(bad("response_type or code_challenge_method"));
    }
    if let Some(missing) =
        ["client_id", "state", "code_challenge"].iter().find(|name| !asked.contains_key(**name))
    {
        return Err(bad(missing));
    }
    if !asked.get("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid")) {
        return Err(bad("scope"));
    }
    asked.get("redirect_uri").and_then(|to| to.parse().ok()).ok_or_else(|| bad("redirect_uri"))
}

/// One of a list of words; the usual one where nothing is said.
fn word<T: DeserializeOwned + Default>(said: &Parameters, name: &str) -> Result<T, Problem> {
    let Some(word) = said.get(name) else { return Ok(T::default()) };
    T::deserialize(StrDeserializer::<serde::de::value::Error>::new(word))
        .map_err(|error| Problem::of(INVALID_PARAMETER).detail(error.to_string()))
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
