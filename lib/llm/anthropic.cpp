#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/anthropic.hpp>
#include <kpi/llm/refusal.hpp>

#include <utility>

namespace kpi::llm {
namespace {

constexpr std::string_view own_base = "https://api.anthropic.com";
constexpr std::size_t most_answer_bytes = std::size_t{8} << 20U;

std::int64_t whole(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return std::max<std::int64_t>(found->get<std::int64_t>(), 0);
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The base with or without its version: "v1/messages" goes under a bare host, "messages" under ".../v1".
std::string messages_url(std::string_view base) {
  const auto joined = http::join_url(base, "");
  const bool versioned = joined.size() >= 3 && joined.compare(joined.size() - 3, 3, "/v1") == 0;
  return http::join_url(base, versioned ? "messages" : "v1/messages");
}

}  // namespace

AnthropicModel::AnthropicModel(ModelAccess access, http::Transport& transport)
    : access_(std::move(access)),
      transport_(transport) {
  if (access_.base_url.empty()) access_.base_url = own_base;
}

http::Request AnthropicModel::request(const Question& question, const std::set<std::string>& left_out) const {
  const auto takes = [&](const char* name) { return left_out.count(name) == 0; };
  Json body{{"model", access_.model}, {"max_tokens", question.max_tokens}};
  if (takes("temperature")) body["temperature"] = question.temperature;
  // The fixed part is marked, so that the provider keeps it between tables.
  body["system"] = Json::array(
      {{{"type", "text"}, {"text", question.system}, {"cache_control", {{"type", "ephemeral"}}}}});
  body["messages"] = Json::array({{{"role", "user"}, {"content", question.user}}});
  if (!question.schema.is_null() && takes("output_config"))
    body["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", question.schema}}}};
  http::Request request;
  request.method = http::Method::post;
  request.url = messages_url(access_.base_url);
  request.headers = {{"Content-Type", "application/json"},
                     {"x-api-key", access_.key.reveal()},
                     {"anthropic-version", "2023-06-01"}};
  request.body = dump_json(body);
  request.deadline = access_.timeout;
  request.idle_timeout = access_.timeout;
  request.max_response_bytes = most_answer_bytes;
  request.retry_statuses = {408, 409, 425, 429, 500, 502, 503, 504, 529};
  request.is_final = is_final;
  request.stop_grace = std::chrono::seconds{10};
  return request;
}

Result<RawAnswer> AnthropicModel::ask(const Question& question, std::stop_token stop) {
  std::set<std::string> left_out;
  {
    const std::scoped_lock lock(mutex_);
    left_out = left_out_;
  }
  for (bool resent = false;; resent = true) {
    auto response = transport_.send(request(question, left_out), stop);
    if (!response) return transport_error(std::move(response).error(), provider());
    if (response->status >= 200 && response->status < 300)
      return RawAnswer{response->status, std::move(response->body), response->elapsed};
    const auto complaint = complaint_of(response->body);
    const auto named = named_parameter(complaint, {"output_config", "temperature"});
    if (response->status != 400 || resent || named.empty())
      return refusal_error(provider(), access_.model, response->status, complaint, access_.key.reveal());
    left_out.insert(std::string(named));
    const std::scoped_lock lock(mutex_);
    left_out_ = left_out;
  }
}

Result<Answer> AnthropicModel::read(const RawAnswer& raw) const {
  auto json = parse_json(repair_utf8(trim(raw.body)), "answer");
  if (!json || !json->is_object())
    return Error{Fault::item, "llm.bad_answer", "anthropic", "the answer is no JSON object",
                 "check --base-url"};
  if (text_member(*json, "type") == "error")
    return refusal_error(provider(), access_.model, raw.http_status, complaint_of(raw.body),
                         access_.key.reveal());
  const auto content = json->find("content");
  if (content == json->end() || !content->is_array())
    return Error{Fault::item, "llm.bad_answer", "anthropic", "the answer has no content", "check --base-url"};
  Answer answer;
  answer.model = text_member(*json, "model");
  for (const auto& block : *content) {
    if (!block.is_object()) continue;
    const auto type = text_member(block, "type");
    if (type == "text") answer.text += text_member(block, "text");
    if (type == "tool_use" && block.contains("input")) answer.text += dump_json(block["input"]);
  }
  const auto reason = text_member(*json, "stop_reason");
  if (reason == "refusal") {
    answer.finish = Finish::refusal;
  } else if (trim(answer.text).empty()) {
    answer.finish = Finish::empty;
  } else if (reason == "max_tokens" || reason == "model_context_window_exceeded") {
    answer.finish = Finish::length;
  }
  const auto usage = json->find("usage");
  if (usage != json->end() && usage->is_object()) {
    // Unlike OpenAI's, the parts of the input are counted beside each other.
    answer.usage.cached_tokens = whole(*usage, "cache_read_input_tokens");
    answer.usage.prompt_tokens = whole(*usage, "input_tokens") + answer.usage.cached_tokens +
                                 whole(*usage, "cache_creation_input_tokens");
    answer.usage.completion_tokens = whole(*usage, "output_tokens");
  } else {
    answer.usage.completion_tokens = estimated_tokens(answer.text);
    answer.usage.estimated = true;
  }
  return answer;
}

}  // namespace kpi::llm
