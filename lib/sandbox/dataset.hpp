#pragma once

#include <kpi/sandbox/context.hpp>

#include <functional>

namespace kpi::sandbox {

/// The SQL of a stored query in either of its forms, and its template tags; none if it is not native.
struct NativeQuery {
  std::string sql;
  Json tags = Json::object();
};
[[nodiscard]] std::optional<NativeQuery> native_of(const Json& dataset_query);

/// What to run and what the answer carries beside the rows.
struct Execution {
  Json query;       ///< database, type, native
  Json parameters;  ///< values of variables
  std::size_t max_rows = 2000;
  bool wide_integers_as_text = true;
  std::string context = "ad-hoc";
  std::optional<std::int64_t> card_id;
  /// Called with the columns of an answer that succeeded.
  std::function<void(const Json& result_metadata, std::int64_t running_time_ms)> on_success;
};

/// Runs a native query: 202 whether it succeeds or not, before 0.59. Then the body is made while the client
/// waits, and the statement is cancelled when the client goes away; later releases are played without that.
[[nodiscard]] Result<Response> execute(Context& context, Execution execution);

}  // namespace kpi::sandbox
