#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/anthropic.hpp>

#include <utility>

namespace kpi::llm {
namespace {

/// With or without its version, it is one address, and one part of the cache key.
ModelAccess with_base(ModelAccess access) {
  if (access.base_url.empty()) access.base_url = "https://api.anthropic.com";
  access.base_url = http::join_url(access.base_url, "");
  if (access.base_url.ends_with("/v1")) access.base_url.resize(access.base_url.size() - 3);
  return access;
}

Finish finish_of(const Json& envelope, const std::string& text) {
  const auto reason = text_member(envelope, "stop_reason");
  if (reason == "refusal") return Finish::refusal;
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") return Finish::length;
  return trim(text).empty() ? Finish::empty : Finish::stop;
}

/// Unlike OpenAI's, the parts of the input are counted beside each other.
Usage usage_of(const Json& envelope) {
  Usage usage;
  const auto found = envelope.find("usage");
  if (found == envelope.end() || !found->is_object()) return usage;
  usage.cached_tokens = token_member(*found, "cache_read_input_tokens");
  usage.cache_write_tokens = token_member(*found, "cache_creation_input_tokens");
  usage.prompt_tokens = token_member(*found, "input_tokens") + usage.cached_tokens + usage.cache_write_tokens;
  usage.completion_tokens = token_member(*found, "output_tokens");
  return usage;
}

}  // namespace

AnthropicModel::AnthropicModel(ModelAccess access, http::Transport& transport)
    : HttpModel(with_base(std::move(access)), transport, {}) {}

std::string AnthropicModel::url() const { return http::join_url(access().base_url, "v1/messages"); }

std::vector<http::Header> AnthropicModel::credentials() const {
  return {{"x-api-key", access().key.reveal()}, {"anthropic-version", "2023-06-01"}};
}

std::vector<std::string_view> AnthropicModel::optional_parameters() const {
  return {"output_config", "temperature", "cache_control"};
}

Json AnthropicModel::body(const Question& question, const LeftOut& left_out) const {
  const auto takes = [&](const char* name) { return left_out.count(name) == 0; };
  Json body{{"model", access().model}, {"max_tokens", question.max_tokens}};
  if (takes("temperature")) body["temperature"] = question.temperature;
  Json system{{"type", "text"}, {"text", question.system}};
  // The fixed part is marked, so that the provider keeps it between tables.
  if (takes("cache_control")) system["cache_control"] = {{"type", "ephemeral"}};
  body["system"] = Json::array({std::move(system)});
  body["messages"] = Json::array({{{"role", "user"}, {"content", question.user}}});
  if (!question.schema.is_null() && takes("output_config"))
    body["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", question.schema}}}};
  return body;
}

Result<Answer> AnthropicModel::read_envelope(const Json& envelope) const {
  const auto content = envelope.find("content");
  if (content == envelope.end() || !content->is_array()) return bad_answer("the answer has no content");
  Answer answer;
  answer.model = text_member(envelope, "model");
  for (const auto& block : *content) {
    if (!block.is_object()) continue;
    const auto type = text_member(block, "type");
    if (type == "text") answer.text += text_member(block, "text");
    if (type == "tool_use" && block.contains("input")) answer.text += dump_json(block["input"]);
  }
  answer.finish = finish_of(envelope, answer.text);
  answer.usage = or_estimate(usage_of(envelope), answer.text);
  return answer;
}

}  // namespace kpi::llm
