#include <kpi/base/text.hpp>
#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/sessions.hpp>

// /api/session, /api/user, /api/health.
namespace kpi::sandbox {
namespace {

Result<Response> log_in(const Request& request, const Context& context, Sessions& sessions) {
  Violations violations(request.body);
  violations.need_text("username");
  violations.need_text("password");
  if (auto answer = violations.answer(context.dialect)) return *answer;
  auto login = sessions.login(request.body["username"].get<std::string>(),
                              request.body["password"].get<std::string>());
  if (!login) return std::move(login).error();
  if (login->throttled.count() > 0) {
    const auto text = "Too many attempts! You must wait " + std::to_string(login->throttled.count()) +
                      " seconds before trying again.";
    return json_response({{"errors", {{"username", text}}}}, 401);
  }
  if (login->session.empty())
    return json_response({{"errors", {{"password", "did not match stored password"}}}}, 401);
  auto response = json_response({{"id", login->session}});
  response.headers.emplace_back("Set-Cookie", "metabase.SESSION=" + login->session +
                                                  "; HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600");
  return response;
}

Result<Response> log_out(const Request& request, const Context& context, Sessions& sessions) {
  auto ended = sessions.end(Sessions::session_of(request));
  if (!ended) return std::move(ended).error();
  return *ended ? no_content() : not_found(context.dialect);
}

Result<Response> current_user(const Context& context) {
  auto user = context.user();
  user["is_active"] = true;
  user["is_qbnewb"] = false;
  user["is_installer"] = true;
  user["has_invited_second_user"] = false;
  user["group_ids"] = Json::array({1, 2});
  user["locale"] = nullptr;
  auto rows =
      context.state.query("SELECT id, created_at FROM collection WHERE personal_owner_id = ?", {admin_id});
  if (!rows) return std::move(rows).error();
  user["personal_collection_id"] = rows->empty() ? Json() : (*rows)[0]["id"];
  user["date_joined"] = rows->empty() ? Json() : (*rows)[0]["created_at"];
  user["last_login"] = now_text(context.clock);
  return json_response(user);
}

Result<Response> properties(const Context& context) {
  Json engines = Json::object();
  for (const auto* engine : {"postgres", "sqlite"}) engines[engine] = {{"driver-name", engine}};
  return json_response({{"version",
                         {{"tag", context.dialect.version},
                          {"date", "2024-06-01"},
                          {"branch", "sandbox"},
                          {"hash", "0000000"}}},
                        {"engines", std::move(engines)},
                        {"site-name", "kpi sandbox"},
                        {"site-locale", "en"},
                        {"site-url", nullptr},
                        {"report-timezone-short", "UTC"},
                        {"report-timezone-long", "UTC"},
                        {"token-features", Json::object()},
                        {"has-user-setup", true},
                        {"setup-token", nullptr}});
}

}  // namespace

Json Context::user() const {
  return {{"id", admin_id},
          {"email", username},
          {"first_name", "Sandbox"},
          {"last_name", "Admin"},
          {"common_name", "Sandbox Admin"},
          {"is_superuser", true}};
}

void add_session_routes(Router& router, Context& context, Sessions& sessions) {
  router.add(
      "POST", "/api/session", [&](const Request& r) { return log_in(r, context, sessions); }, Access::open);
  router.add(
      "DELETE", "/api/session", [&](const Request& r) { return log_out(r, context, sessions); },
      Access::open);
  router.add("GET", "/api/user/current", [&](const Request&) { return current_user(context); });
  router.add(
      "GET", "/api/session/properties", [&](const Request&) { return properties(context); }, Access::open);
  const auto healthy = [](const Request&) -> Result<Response> { return json_response({{"status", "ok"}}); };
  for (const auto* path : {"/api/health", "/livez", "/readyz"})
    router.add("GET", path, healthy, Access::open);
}

}  // namespace kpi::sandbox
