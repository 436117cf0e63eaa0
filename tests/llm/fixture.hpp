#pragma once

#include "support/fake_clock.hpp"
#include "support/paths.hpp"

#include <kpi/base/json.hpp>
#include <kpi/llm/chat_client.hpp>
#include <kpi/llm/generator.hpp>
#include <kpi/store/state.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A small shop, a model that plays answers, and a state file in memory.
namespace kpi::test {

inline model::Field field(std::string name, const std::string& type, std::string description = "") {
  model::Field made;
  made.name = std::move(name);
  made.type = "type/" + type;
  made.description = std::move(description);
  made.nullable = false;
  return made;
}
inline model::Field or_null(model::Field made) {
  made.nullable = true;
  return made;
}
inline model::Field to(model::Field made, std::string table, std::string key) {
  made.references = model::FieldReference{std::move(table), std::move(key)};
  made.semantic_type = "type/FK";
  return made;
}
inline model::Field personal(model::Field made) {
  made.pii = true;
  return made;
}

/// Orders of users, with lines, as discovery would describe them.
inline model::Database shop(model::Dialect dialect = model::Dialect::sqlite) {
  model::Table users;
  users.name = "TB_USER";
  users.primary_key = {"user_id"};
  users.time_columns = {"joined_at"};
  users.dimensions = {"region"};
  users.fields = {field("user_id", "Integer"), personal(field("user_name", "Text", "planted-secret-comment")),
                  personal(field("email", "Text")), field("region", "Text", "north / south / west"),
                  field("joined_at", "DateTime")};
  users.fields[1].values = std::vector<Json>{"planted-secret-value"};

  model::Table orders;
  orders.name = "TB_ORDER";
  orders.description = "Orders of the shop";
  orders.primary_key = {"order_id"};
  orders.time_columns = {"created_at", "completed_at"};
  orders.dimensions = {"status", "channel", "site"};
  orders.measures = {{"total_amount", {"sum", "avg"}, "currency"}, {"weight_kg", {"avg"}, "number"}};
  orders.fields = {field("order_id", "Integer"),
                   to(field("user_id", "Integer"), "TB_USER", "user_id"),
                   field("status", "Integer", "1: placed / 2: delivered / 3: cancelled"),
                   field("channel", "Text", "web / phone"),
                   field("site", "Text"),
                   field("total_amount", "Integer", "To pay, in cents"),
                   or_null(field("weight_kg", "Float")),
                   field("is_gift", "Boolean"),
                   field("is_test", "Boolean"),
                   field("created_at", "DateTime"),
                   or_null(field("completed_at", "DateTime")),
                   or_null(field("note", "Text"))};
  orders.fields[4].stats = model::FieldStats{};
  orders.fields[4].stats->distinct = 1;  // one site: nothing to group by

  model::Table items;
  items.name = "TB_ORDER_ITEM";
  items.primary_key = {"order_id", "line_no"};
  items.measures = {{"quantity", {"sum", "avg"}, "count"}};
  items.fields = {to(field("order_id", "Integer"), "TB_ORDER", "order_id"), field("line_no", "Integer"),
                  field("quantity", "Integer")};

  model::Database database;
  database.id = 7;
  database.name = "shop";
  database.dialect = dialect;
  database.engine = std::string(model::to_string(dialect));
  database.tables = {std::move(users), std::move(orders), std::move(items)};
  database.relationships = {{{"TB_ORDER", "user_id"}, {"TB_USER", "user_id"}, "declared", 1.0, ""},
                            {{"TB_ORDER_ITEM", "order_id"}, {"TB_ORDER", "order_id"}, "declared", 1.0, ""}};
  return database;
}

inline model::Domain domain() {
  model::Domain made;
  made.name = "shop";
  made.description = "A small shop.";
  made.categories = {{"Sales & Revenue Analytics", {"order"}}};
  made.glossary = {{"GMV", "Sum of orders placed."}};
  made.test_row_columns = {"is_test"};
  made.deleted_row_columns = {"deleted_at"};
  return made;
}

/// An answer of `count` KPIs, named "KPI 1" and on from `first`.
inline std::string kpis_text(int count, int first = 1) {
  Json list = Json::array();
  for (int i = first; i < first + count; ++i) {
    const auto number = std::to_string(i);
    list.push_back({{"name", "KPI " + number},
                    {"description", "d"},
                    {"business_value", "v"},
                    {"sql", "SELECT " + number + " FROM TB_ORDER"},
                    {"tables", {"TB_ORDER"}},
                    {"shape", "scalar"},
                    {"unit", "count"},
                    {"display", "scalar"}});
  }
  return dump_json(Json{{"kpis", list}});
}

/// Plays texts in turn; the last stays. An Error is played as one.
class FakeChat final : public llm::ChatModel {
public:
  struct Log {
    std::vector<llm::Question> asked;
    int lose = 0;  ///< tries that are lost before each answer
  };
  FakeChat(std::vector<Result<llm::Answer>> answers, Log& log) : answers_(std::move(answers)), log_(log) {}

  Result<llm::RawAnswer> ask(const llm::Question& question, std::stop_token) override {
    const auto at = std::min(log_.asked.size(), answers_.size() - 1);
    log_.asked.push_back(question);
    for (int i = 0; i < log_.lose && question.on_lost; ++i) question.on_lost();
    if (!answers_[at]) return answers_[at].error();
    const auto& answer = *answers_[at];
    return llm::RawAnswer{200, dump_json({{"text", answer.text},
                                          {"finish", static_cast<int>(answer.finish)},
                                          {"prompt", answer.usage.prompt_tokens},
                                          {"completion", answer.usage.completion_tokens}})};
  }
  [[nodiscard]] Result<llm::Answer> read(const llm::RawAnswer& raw) const override {
    const auto said = parse_json(raw.body, "fake");
    llm::Answer answer{said->at("text"), "test-model"};
    answer.finish = static_cast<llm::Finish>(said->at("finish").get<int>());
    answer.usage.prompt_tokens = said->at("prompt");
    answer.usage.completion_tokens = said->at("completion");
    return answer;
  }
  [[nodiscard]] std::string_view provider() const override { return "openai"; }
  [[nodiscard]] std::string_view model() const override { return "test-model"; }
  [[nodiscard]] std::string_view endpoint() const override { return "http://model.test/v1"; }

private:
  std::vector<Result<llm::Answer>> answers_;
  Log& log_;
};

inline llm::Answer said(std::string text, llm::Finish finish = llm::Finish::stop) {
  return {std::move(text), "test-model", {.prompt_tokens = 1000, .completion_tokens = 500}, finish};
}

/// What was stored, in the order in which it was.
class FakeState final : public store::State {
public:
  std::vector<store::ModelCall> calls;
  bool full = false;  ///< nothing more can be written
  int busy = 0;       ///< how often somebody else has the claim still
  std::function<void()> when_free;
  store::SpendingLimits seen;  ///< by the last save_call()

  Result<std::optional<store::ModelCall>> find_call(std::string_view key,
                                                    std::optional<std::chrono::seconds>) override {
    const store::ModelCall* best = nullptr;
    for (const auto& call : calls) {
      if (call.key != key || is_unfinished(call.outcome)) continue;
      if (best == nullptr || best->outcome != "ok" || call.outcome == "ok") best = &call;
    }
    return best == nullptr ? std::optional<store::ModelCall>{} : std::optional(*best);
  }
  Result<std::optional<store::ModelCall>> peek_call(std::string_view key,
                                                    std::optional<std::chrono::seconds> max_age) override {
    return find_call(key, max_age);
  }
  std::optional<store::Claim> try_claim(std::string_view) override {
    if (busy == 0) return store::Claim();
    if (--busy == 0 && when_free) when_free();
    return std::nullopt;
  }
  Result<std::int64_t> save_call(const store::ModelCall& call, const store::SpendingLimits& limits) override {
    if (full) return no_room();
    seen = limits;
    calls.push_back(call);
    return static_cast<std::int64_t>(calls.size());
  }
  Result<Done> update_call(std::int64_t call_id, const store::ModelCall& call) override {
    if (full) return no_room();
    calls[static_cast<std::size_t>(call_id - 1)] = call;
    return Done{};
  }
  Result<Done> set_outcome(std::int64_t call_id, std::string_view outcome) override {
    calls[static_cast<std::size_t>(call_id - 1)].outcome = outcome;
    return Done{};
  }
  Result<store::Spending> spending() override { return store::Spending{}; }
  Result<Done> save_card(const store::RegisteredCard&) override { return Done{}; }
  Result<std::optional<store::RegisteredCard>> card_of(std::string_view) override {
    return std::optional<store::RegisteredCard>{};
  }
  Result<std::vector<store::RegisteredCard>> cards() override { return std::vector<store::RegisteredCard>{}; }
  // What no generator asks for.
  Result<Done> save_cards(const std::vector<store::RegisteredCard>&) override { return Done{}; }
  Result<Done> save_event(const store::Event&) override { return Done{}; }
  Result<std::vector<store::Event>> events(const store::EventFilter&) override {
    return std::vector<store::Event>{};
  }
  Result<Done> save_version(const store::CardVersion&) override { return Done{}; }
  Result<std::vector<store::CardVersion>> versions(std::string_view) override {
    return std::vector<store::CardVersion>{};
  }
  void sign(std::string, std::function<std::string()>) override {}
  Result<Done> forget_card(std::string_view) override { return Done{}; }
  Result<Done> save_value(std::string_view, double, std::string_view) override { return Done{}; }
  Result<std::vector<store::KpiValue>> values(std::string_view, std::int64_t) override {
    return std::vector<store::KpiValue>{};
  }
  Result<std::int64_t> forget(std::int64_t) override { return 0; }
  Result<Done> back_up(const std::filesystem::path&) override { return Done{}; }

private:
  static bool is_unfinished(const std::string& outcome) {
    return outcome == store::outcome::asked || outcome == store::outcome::lost ||
           outcome == store::outcome::failed || outcome == store::outcome::bad;
  }
  static Error no_room() { return {Fault::machine, "state.full", "state", "the disk is full", ""}; }
};

/// What a client of a model is made from, and what it left behind.
struct ChatSetup {
  model::Database database = shop();
  model::Domain domain = test::domain();
  config::ModelTable models;
  FakeState state;
  FakeChat::Log log;
  llm::ChatOptions options;
  llm::Spent spent;  ///< of the last run
  FakeClock clock;

  ChatSetup() { models.prices = {{"openai", "test-*", 1.0, 0.5, 2.0}}; }

  /// A client whose model plays `answers`; `spent` begins anew.
  std::unique_ptr<llm::ChatClient> client(std::vector<Result<llm::Answer>> answers) {
    spent = {};
    return std::make_unique<llm::ChatClient>(std::make_unique<FakeChat>(std::move(answers), log),
                                             llm::ChatPorts{models, &state, clock}, options);
  }
  /// The folder of the templates.
  static std::filesystem::path prompts() { return std::filesystem::path(kpi::test::source_dir) / "prompts"; }
};

}  // namespace kpi::test
