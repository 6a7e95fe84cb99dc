// Who is asking, from the Authorization header: auth's decisions as the router wants them. For this room
// only.
#pragma once

#include "auth/access.hpp"
#include "http/router.hpp"

namespace recado::api {

/// Sets the router's authoriser. `access` must outlive the router.
void authorise_by(auth::Access& access, http::Router& router);

}  // namespace recado::api
