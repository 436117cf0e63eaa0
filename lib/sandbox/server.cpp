#include <kpi/sandbox/catalog.hpp>
#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/listener.hpp>
#include <kpi/sandbox/server.hpp>
#include <kpi/sandbox/sessions.hpp>
#include <kpi/sandbox/state.hpp>

namespace kpi::sandbox {

struct Server::Parts {
  std::unique_ptr<State> state;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<Sessions> sessions;
  std::unique_ptr<Context> context;
  Router router;
  std::unique_ptr<Listener> listener;  // last: its threads use all the others

  Response answer(Request request) {
    auto response = dispatch(request);
    response.headers.emplace_back("X-Metabase-Version", context->dialect.version);
    if (response.status == 202 && context->dialect.closes_streams)
      response.headers.emplace_back("Connection", "close");
    return response;
  }

  Response dispatch(Request& request) {
    const auto match = router.match(request);
    if (match.handler == nullptr) return text_response("API endpoint does not exist.", 404);
    if (match.access == Access::members) {
      const auto admitted = sessions->admits(request);
      if (!admitted) return broken(admitted.error());
      if (!*admitted) return text_response("Unauthenticated", 401);
    }
    if (!request.text.empty()) {
      auto body = parse_json(request.text, "body");
      if (!body) return text_response("Malformed JSON in request body.", 400);
      request.body = std::move(*body);
    }
    request.places = match.places;
    auto response = (*match.handler)(request);
    return response ? std::move(*response) : broken(response.error());
  }

  static Response broken(const Error& error) {
    return json_response({{"message", error.line()},
                          {"type", "class clojure.lang.ExceptionInfo"},
                          {"via", Json::array()},
                          {"trace", Json::array()},
                          {"cause", error.what}},
                         500);
  }
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Clock& clock) {
  if (options.username.empty() || options.password.empty()) {
    return Error{Fault::input, "sandbox.credentials", "sandbox", "a server needs a username and a password",
                 "set METABASE_USERNAME and METABASE_PASSWORD"};
  }
  auto parts = std::make_unique<Parts>();
  auto state = State::open(options.data);
  if (!state) return std::move(state).error();
  parts->state = std::move(*state);
  if (auto founded = found_collections(*parts->state, clock); !founded) return std::move(founded).error();
  auto catalog = Catalog::open(options.databases, *parts->state, clock);
  if (!catalog) return std::move(catalog).error();
  parts->catalog = std::move(*catalog);
  const auto dialect = Dialect::of(options.version);
  parts->sessions =
      std::make_unique<Sessions>(*parts->state, clock,
                                 Credentials{options.username, std::move(options.password),
                                             dialect.api_keys ? std::move(options.api_key) : std::string()});
  parts->context = std::make_unique<Context>(Context{*parts->state, *parts->catalog, clock, dialect,
                                                     std::move(options.username), options.statement_timeout});

  add_session_routes(parts->router, *parts->context, *parts->sessions);
  add_metadata_routes(parts->router, *parts->context);
  add_dataset_routes(parts->router, *parts->context);
  add_card_routes(parts->router, *parts->context);
  add_collection_routes(parts->router, *parts->context);
  add_item_routes(parts->router, *parts->context);
  add_dashboard_routes(parts->router, *parts->context);
  add_page_routes(parts->router);

  auto* raw = parts.get();
  auto listener =
      Listener::start(options.port, [raw](Request request) { return raw->answer(std::move(request)); });
  if (!listener) return std::move(listener).error();
  parts->listener = std::move(*listener);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

std::string Server::url() const { return "http://127.0.0.1:" + std::to_string(parts_->listener->port()); }

std::vector<std::string> Server::database_names() const {
  std::vector<std::string> names;
  for (const auto& database : parts_->catalog->databases()) names.push_back(database->name);
  return names;
}

void Server::stop() { parts_->listener->stop(); }

Server::~Server() { stop(); }

}  // namespace kpi::sandbox
