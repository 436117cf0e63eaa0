#include "support/model_double.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace kpi::test {
namespace {

/// The last message, where the table stands.
std::string prompt_of(const Json& body) {
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array() || messages->empty()) return {};
  return messages->back().value("content", "");
}

std::string table_of(const std::string& prompt) {
  const std::string mark = "\ntable: ";
  const auto at = prompt.find(mark);
  if (at == std::string::npos) return {};
  const auto begin = at + mark.size();
  return prompt.substr(begin, prompt.find_first_of(" \n", begin) - begin);
}

}  // namespace

struct ModelDouble::Notes {
  mutable std::mutex mutex;
  Answer answer;
  std::vector<Asked> asked;
  std::map<std::string, std::size_t> by_table;

  Reply take(const Received& request) {
    Asked question;
    question.request = request;
    if (auto body = parse_json(request.body, "request"); body && body->is_object()) question.body = *body;
    const auto prompt = prompt_of(question.body);
    question.table = table_of(prompt);
    question.top_up = prompt.find("exist already") != std::string::npos;
    const std::lock_guard lock(mutex);
    asked.push_back(question);
    return answer(question, by_table[question.table]++);
  }
};

ModelDouble::ModelDouble(Answer answer) : notes_(std::make_unique<Notes>()) {
  notes_->answer = std::move(answer);
  server_ = std::make_unique<FaultServer>(
      [notes = notes_.get()](const Received& request, std::size_t) { return notes->take(request); });
}

ModelDouble::~ModelDouble() = default;

void ModelDouble::restart(Answer answer) {
  const std::lock_guard lock(notes_->mutex);
  notes_->answer = std::move(answer);
  notes_->asked.clear();
  notes_->by_table.clear();
}

std::vector<Asked> ModelDouble::asked() const {
  const std::lock_guard lock(notes_->mutex);
  return notes_->asked;
}

std::size_t ModelDouble::count(const std::string& table) const {
  const std::lock_guard lock(notes_->mutex);
  const auto found = notes_->by_table.find(table);
  return found == notes_->by_table.end() ? 0 : found->second;
}

std::string ModelDouble::url() const { return server_->url() + "/v1"; }

Reply completion(const std::string& text, const std::string& finish) {
  const Json envelope{
      {"id", "chatcmpl-1"},
      {"object", "chat.completion"},
      {"model", "gpt-4.1-mini-2025-04-14"},
      {"choices",
       Json::array({{{"index", 0},
                     {"finish_reason", finish},
                     {"message", {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}}}}})},
      {"usage", {{"prompt_tokens", 2000}, {"completion_tokens", 1000}, {"total_tokens", 3000}}}};
  return json_reply(dump_json(envelope));
}

std::string kpi_list(const std::string& table, int count, int first) {
  Json list = Json::array();
  for (int i = first; i < first + count; ++i) {
    const auto number = std::to_string(i);
    list.push_back({{"name", "Figure " + number + " of " + table},
                    {"description", "d"},
                    {"business_value", "v"},
                    {"sql", "SELECT count(*) + " + number + " AS n FROM " + table},
                    {"tables", {table}},
                    {"shape", "scalar"},
                    {"unit", "count"},
                    {"display", "scalar"}});
  }
  return dump_json(Json{{"kpis", std::move(list)}});
}

ModelDouble::Answer good_answers() {
  return [](const Asked& asked, std::size_t) { return completion(kpi_list(asked.table, 15)); };
}

}  // namespace kpi::test
