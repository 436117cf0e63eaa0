#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/sandbox/catalog.hpp>
#include <kpi/sandbox/dialect.hpp>
#include <kpi/sandbox/entity_id.hpp>
#include <kpi/sandbox/http.hpp>
#include <kpi/sandbox/state.hpp>

#include <chrono>
#include <string>

namespace kpi::sandbox {

/// What every route may use. Lives as long as the server.
struct Context {
  State& state;
  Catalog& catalog;
  Clock& clock;
  Dialect dialect;
  std::string username;
  std::chrono::milliseconds statement_timeout;

  [[nodiscard]] Json user() const;  ///< the one user, as `creator` shows it
};

/// Tells nobody that the administrator has any other id.
constexpr std::int64_t admin_id = 1;

class Sessions;

// One function a family of routes; each stands in a file of its own.
void add_session_routes(Router& router, Context& context, Sessions& sessions);
void add_metadata_routes(Router& router, Context& context);
void add_dataset_routes(Router& router, Context& context);
void add_card_routes(Router& router, Context& context);
void add_collection_routes(Router& router, Context& context);
void add_item_routes(Router& router, Context& context);
void add_dashboard_routes(Router& router, Context& context);
void add_page_routes(Router& router);

}  // namespace kpi::sandbox
