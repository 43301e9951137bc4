//! People who may log in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::kept::{self, Stored};
use identity::{PasswordError, User, UserName, UserState, check_password};
use receivables::permission::{Permission, Permissions, RoleName, same};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{
    Holders, holders, name_taken, require_administered, require_free, require_roles,
};
use super::responses::{PeopleErrors, ReadErrors};
use crate::App;
use crate::auth::Caller;
use crate::body::{Body, ChangeUser, CreateUser, ResetPassword, Secret, email, roles};
use crate::context::{Asked, Name};
use crate::people::beyond;
use crate::problem::ApiError;
use crate::views::{DoneView, UserView};

/// How many users there may be.
const USERS_MAX: usize = 10_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(change_user))
        .routes(routes!(reset_password))
        .routes(routes!(reset_second_factor))
        .routes(routes!(end_sessions_of_user))
}

/// The users.
#[derive(Serialize, ToSchema)]
struct UserPage {
    /// By name, at most 10,000.
    users: Vec<UserView>,
}

/// List the users.
#[utoipa::path(get, path = "/api/v1/users", tag = "administration",
    responses((status = 200, description = "The users", body = UserPage), ReadErrors))]
async fn list_users(State(app): State<App>, asked: Asked) -> Result<Json<UserPage>, ApiError> {
    asked.for_real()?;
    let found = app.read(|reader| Ok(kept::all(reader, USERS_MAX, |_: &User| true)?)).await?;
    let users = found.iter().map(|user| UserView::new(&user.body, None)).collect();
    Ok(Json(UserPage { users }))
}

/// Make a user. The password holds until the first login, which has to change it, unless the user is the first.
#[utoipa::path(post, path = "/api/v1/users", tag = "administration", request_body = CreateUser,
    responses((status = 201, description = "The user", body = UserView), PeopleErrors, ReadErrors))]
async fn create_user(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<CreateUser>,
) -> Result<(StatusCode, Json<UserView>), ApiError> {
    asked.for_real()?;
    let roles = roles(body.roles)?;
    let email = body.email.map(email).transpose()?.flatten();
    let _changing = app.keys.changing.lock().await;
    let holders = holders(&app).await?;
    let first = body.first == Some(true);
    if first && !holders.users.is_empty() {
        let detail =
            "there are users already; log in as one of them, or have an administrator make you one";
        return Err(ApiError::new(StatusCode::CONFLICT, "not_the_first_user", detail));
    }
    require_free(&app, &holders, body.name.as_str()).await?;
    require_roles(&holders.settings, &roles)?;
    if holders.users.len() >= USERS_MAX {
        let detail = format!("there are {USERS_MAX} users, and no more are taken");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many", detail)
            .with("max", USERS_MAX));
    }
    let person = receivables::approval::PersonName::try_new(body.name.as_str());
    let person = match body.person {
        Some(person) => person,
        None => person.map_err(|error| ApiError::internal(error.to_string()))?,
    };
    let (password, made_up) = given_or_made_up(&app, &body.name, body.password).await?;
    let now = app.engine.clock().now();
    let user = User {
        name: body.name,
        person,
        email,
        roles,
        state: UserState::Active,
        password,
        must_change: !first,
        epoch: 1,
        second_factor: None,
        created_at: now,
        changed_at: now,
    };
    let write = kept::put(user.name.as_str(), None, &user);
    if !app.change_people(vec![write]).await? {
        return Err(name_taken());
    }
    let actor = asked.caller.actor.name();
    tracing::info!(%actor, user = %user.name, roles = ?user.roles, "user made");
    Ok((StatusCode::CREATED, Json(UserView::new(&user, made_up))))
}

/// The hash of a password for somebody else, and the password if it was made up.
async fn given_or_made_up(
    app: &App,
    user: &UserName,
    given: Option<Secret>,
) -> Result<(String, Option<String>), ApiError> {
    match given {
        Some(given) => {
            let password = given.reveal()?;
            check_password(user, &password).map_err(password_refused)?;
            Ok((hashed(app, password).await?, None))
        }
        None => {
            let made =
                identity::generated().map_err(|error| ApiError::internal(error.to_string()))?;
            Ok((hashed(app, made.clone()).await?, Some(made)))
        }
    }
}

pub(super) fn password_refused(error: PasswordError) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "password_refused", error.to_string())
}

/// The hash of a new password.
pub(super) async fn hashed(app: &App, password: String) -> Result<String, ApiError> {
    let hashed = app.people.hasher.hash(password).await.map_err(|_| busy())?;
    hashed.map_err(|error| ApiError::internal(error.to_string()))
}

/// Too many passwords wait to be looked at.
pub(super) fn busy() -> ApiError {
    let detail = "too many log in at this moment; try again";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
}

fn no_such_user() -> ApiError {
    let detail = "there is no user with this name; see the list of users";
    ApiError::new(StatusCode::NOT_FOUND, "not_found", detail)
}

/// Whoever may manage users but not roles touches nobody who may do more: else a reset password would be a way to
/// what was never granted.
fn require_no_more(
    app: &App,
    caller: &Caller,
    holders: &Holders,
    user: &User,
) -> Result<(), ApiError> {
    let mine = caller.actor.permissions();
    if mine.has(Permission::ManageUserRoles) {
        return Ok(());
    }
    let more = beyond(holders.settings.granted(&user.roles), mine);
    more.map_or(Ok(()), |more| Err(app.keys.forbidden(caller, more, false)))
}

/// Whoever may not manage roles gives nobody a new way in who has a say in approvals: the refund of one person could be
/// approved by the same person under the other's name.
fn require_no_approver(
    app: &App,
    caller: &Caller,
    holders: &Holders,
    user: &User,
) -> Result<(), ApiError> {
    let settings = &holders.settings;
    let mut asked = settings.policies.iter().flat_map(|it| &it.levels).flat_map(|it| &it.roles);
    let holds = |role: &RoleName| user.roles.iter().any(|it| same(it.as_str(), role.as_str()));
    let approves = settings.granted(&user.roles).has(Permission::ApproveRefund) || asked.any(holds);
    let needed = Permissions::NONE.with(Permission::ManageUserRoles);
    match beyond(needed, caller.actor.permissions()) {
        Some(lacks) if approves => Err(app.keys.forbidden(caller, lacks, false)),
        _ => Ok(()),
    }
}

/// Whoever is logged in proves the password to change it or to remove the second factor.
fn require_somebody_else(caller: &Caller, name: &str) -> Result<(), ApiError> {
    let own = caller.login.as_deref().map(|login| &login.user.body.name);
    if own.is_none_or(|own| UserName::try_new(name).as_ref() != Ok(own)) {
        return Ok(());
    }
    let detail = "this is for others; change your own password at /password, and remove your own \
                  second factor at /second-factor/remove";
    Err(ApiError::new(StatusCode::CONFLICT, "own_user", detail))
}

/// Changes one user, stores it, and has every session held against it at once.
async fn change(
    app: &App,
    asked: &Asked,
    name: &str,
    changed: impl FnOnce(&mut User, &Holders) -> Result<(), ApiError>,
) -> Result<User, ApiError> {
    let name = UserName::try_new(name).map_err(|_| no_such_user())?;
    let _changing = app.keys.changing.lock().await;
    let mut holders = holders(app).await?;
    let place = holders.users.iter().position(|user| user.body.name == name);
    let place = place.ok_or_else(no_such_user)?;
    let before = holders.administered();
    let mut stored: Stored<User> = holders.users.swap_remove(place);
    require_no_more(app, &asked.caller, &holders, &stored.body)?;
    changed(&mut stored.body, &holders)?;
    stored.body.changed_at = app.engine.clock().now();
    holders.users.push(stored.clone());
    require_administered(before, holders.administered())?;
    let write = kept::change(&stored);
    app.must_change_people(vec![write]).await?;
    Ok(stored.body)
}

/// Change a user: address, roles, whether the person may log in.
#[utoipa::path(patch, path = "/api/v1/users/{user}", tag = "administration",
    params(("user" = String, Path, description = "Name of the user", example = "ada@example.com")),
    request_body = ChangeUser,
    responses((status = 200, description = "The user", body = UserView), PeopleErrors, ReadErrors))]
async fn change_user(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangeUser>,
) -> Result<Json<UserView>, ApiError> {
    asked.for_real()?;
    let given = body.roles.map(roles).transpose()?;
    let lacks = beyond(
        Permissions::NONE.with(Permission::ManageUserRoles),
        asked.caller.actor.permissions(),
    );
    if let (Some(_), Some(lacks)) = (&given, lacks) {
        return Err(app.keys.forbidden(&asked.caller, lacks, false));
    }
    let address = body.email.map(email).transpose()?;
    let user = change(&app, &asked, &name, |user, holders| {
        if body.active == Some(true) {
            require_no_approver(&app, &asked.caller, holders, user)?;
        }
        if let Some(roles) = given {
            require_roles(&holders.settings, &roles)?;
            user.roles = roles;
        }
        if let Some(address) = address {
            user.email = address;
        }
        match body.active {
            Some(true) => user.state = UserState::Active,
            Some(false) => {
                user.state = UserState::Disabled;
                user.epoch += 1;
            }
            None => {}
        }
        Ok(())
    });
    let user = user.await?;
    let actor = asked.caller.actor.name();
    tracing::info!(%actor, user = %user.name, roles = ?user.roles, state = ?user.state, "user changed");
    Ok(Json(UserView::new(&user, None)))
}

/// Give another user another password, which the next login has to change. Every session ends. Of a user who approves
/// refunds this needs *Manage User Roles* as well.
#[utoipa::path(post, path = "/api/v1/users/{user}/reset-password", tag = "administration",
    params(("user" = String, Path, description = "Name of the user", example = "ada@example.com")),
    request_body = ResetPassword,
    responses((status = 200, description = "The user", body = UserView), PeopleErrors, ReadErrors))]
async fn reset_password(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ResetPassword>,
) -> Result<Json<UserView>, ApiError> {
    asked.for_real()?;
    require_somebody_else(&asked.caller, &name)?;
    let known = UserName::try_new(&name).map_err(|_| no_such_user())?;
    let (password, made_up) = given_or_made_up(&app, &known, body.password).await?;
    let user = change(&app, &asked, &name, |user, holders| {
        require_no_approver(&app, &asked.caller, holders, user)?;
        user.password = password;
        user.must_change = true;
        user.epoch += 1;
        Ok(())
    });
    let user = user.await?;
    tracing::info!(actor = %asked.caller.actor.name(), user = %user.name, "password reset");
    Ok(Json(UserView::new(&user, made_up)))
}

/// Take away another user's second factor, after the device was lost. Of a user who approves refunds this needs *Manage
/// User Roles* as well.
#[utoipa::path(post, path = "/api/v1/users/{user}/reset-second-factor", tag = "administration",
    params(("user" = String, Path, description = "Name of the user", example = "ada@example.com")),
    responses((status = 200, description = "The user", body = UserView), PeopleErrors, ReadErrors))]
async fn reset_second_factor(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Json<UserView>, ApiError> {
    asked.for_real()?;
    require_somebody_else(&asked.caller, &name)?;
    let user = change(&app, &asked, &name, |user, holders| {
        require_no_approver(&app, &asked.caller, holders, user)?;
        user.second_factor = None;
        user.epoch += 1;
        Ok(())
    });
    let user = user.await?;
    tracing::info!(actor = %asked.caller.actor.name(), user = %user.name, "second factor reset");
    Ok(Json(UserView::new(&user, None)))
}

/// End every session of a user.
#[utoipa::path(post, path = "/api/v1/users/{user}/end-sessions", tag = "administration",
    params(("user" = String, Path, description = "Name of the user", example = "ada@example.com")),
    responses((status = 200, description = "They have ended", body = DoneView), PeopleErrors, ReadErrors))]
async fn end_sessions_of_user(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Json<DoneView>, ApiError> {
    asked.for_real()?;
    let end = |user: &mut User, _: &Holders| {
        user.epoch += 1;
        Ok(())
    };
    let user = change(&app, &asked, &name, end).await?;
    tracing::info!(actor = %asked.caller.actor.name(), user = %user.name, "sessions ended");
    Ok(Json(DoneView::YES))
}
