#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/openai.hpp>

#include <utility>

namespace kpi::llm {
namespace {

constexpr std::string_view own_base = "https://api.openai.com/v1";
constexpr const char* newer_cap = "max_completion_tokens";
constexpr const char* older_cap = "max_tokens";
constexpr const char* format = "response_format";
constexpr const char* schema = "json_schema";       // a form of `format`
constexpr const char* both_caps = "the other cap";  // in LeftOut: both were tried

ModelAccess with_base(ModelAccess access) {
  if (access.base_url.empty()) access.base_url = own_base;
  return access;
}

/// What a server most likely does not know.
LeftOut unknown_to(const ModelAccess& access) {
  const bool is_own = access.base_url.empty() || http::host_of(access.base_url) == http::host_of(own_base);
  return {is_own ? older_cap : newer_cap};
}

/// Azure's deployments want their key under another name, and say which version of the API in the query.
bool is_azure(const std::string& base) {
  return http::host_of(base).ends_with(".azure.com") || base.find("api-version=") != std::string::npos;
}

/// What a model said by way of a function that it was not offered: its arguments, JSON in a string.
std::string arguments_of(const Json& message) {
  const auto calls = message.find("tool_calls");
  if (calls == message.end() || !calls->is_array() || calls->empty() || !calls->front().is_object())
    return {};
  const auto function = calls->front().find("function");
  return function != calls->front().end() && function->is_object() ? text_member(*function, "arguments")
                                                                   : std::string{};
}

/// Content may be text, or a list of parts of which some are text.
std::string content_of(const Json& message) {
  const auto content = message.find("content");
  if (content == message.end()) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (content->is_array()) {
    for (const auto& part : *content) {
      if (part.is_object()) text += text_member(part, "text");
    }
  }
  return text;
}

/// A refusal may also be a part of the content.
bool refuses(const Json& message) {
  if (!text_member(message, "refusal").empty()) return true;
  const auto content = message.find("content");
  if (content == message.end() || !content->is_array()) return false;
  for (const auto& part : *content) {
    if (part.is_object() && !text_member(part, "refusal").empty()) return true;
  }
  return false;
}

Finish finish_of(const Json& choice, const Json& message, const std::string& text) {
  const auto reason = text_member(choice, "finish_reason");
  if (refuses(message)) return Finish::refusal;
  if (reason == "content_filter") return Finish::filtered;
  if (reason == "length" || reason == "model_length") return Finish::length;  // the latter is Mistral's
  return trim(text).empty() ? Finish::empty : Finish::stop;
}

Usage usage_of(const Json& envelope) {
  Usage usage;
  const auto found = envelope.find("usage");
  if (found == envelope.end() || !found->is_object()) return usage;
  usage.prompt_tokens = token_member(*found, "prompt_tokens");
  usage.completion_tokens = token_member(*found, "completion_tokens");
  const auto details = found->find("prompt_tokens_details");
  if (details != found->end()) usage.cached_tokens = token_member(*details, "cached_tokens");
  return usage;
}

}  // namespace

OpenAiModel::OpenAiModel(ModelAccess access, http::Transport& transport)
    : HttpModel(with_base(access), transport, unknown_to(access)) {}

std::string OpenAiModel::url() const { return http::join_url(access().base_url, "chat/completions"); }

std::vector<http::Header> OpenAiModel::credentials() const {
  if (access().key.empty()) return {};
  if (is_azure(access().base_url)) return {{"api-key", access().key.reveal()}};
  return {{"Authorization", "Bearer " + access().key.reveal()}};
}

std::vector<std::string_view> OpenAiModel::optional_parameters() const {
  return {newer_cap, older_cap, "temperature", schema, format};
}

LeftOut OpenAiModel::without(std::string_view named, LeftOut left_out) const {
  if (named == older_cap || named == newer_cap) {
    // The one that was sent is the one complained of, whichever of the two the message mentions. Where the
    // other was tried before, the server has a mind of its own.
    const bool newer = left_out.count(newer_cap) == 0;
    if (left_out.count(both_caps) != 0) return left_out;
    left_out.erase(newer ? older_cap : newer_cap);
    left_out.insert(newer ? newer_cap : older_cap);
    left_out.insert(both_caps);
  } else if (named == format || named == schema) {
    // First without the schema, then without any format.
    left_out.insert(left_out.count(schema) == 0 ? schema : format);
  } else {
    left_out.emplace(named);
  }
  return left_out;
}

Json OpenAiModel::body(const Question& question, const LeftOut& left_out) const {
  const auto takes = [&](const char* name) { return left_out.count(name) == 0; };
  Json body{{"model", access().model},
            {"messages", Json::array({{{"role", "system"}, {"content", question.system}},
                                      {{"role", "user"}, {"content", question.user}}})}};
  body[takes(newer_cap) ? newer_cap : older_cap] = question.max_tokens;
  if (takes("temperature")) body["temperature"] = question.temperature;
  if (!question.schema.is_null() && takes(format)) {
    if (takes(schema)) {
      body[format] = {{"type", schema},
                      {schema, {{"name", "kpi_list"}, {"strict", true}, {"schema", question.schema}}}};
    } else {
      body[format] = {{"type", "json_object"}};
    }
  }
  return body;
}

Result<Answer> OpenAiModel::read_envelope(const Json& envelope) const {
  const auto choices = envelope.find("choices");
  if (choices == envelope.end() || !choices->is_array() || choices->empty() || !choices->front().is_object())
    return bad_answer("the answer has no choices");
  const Json& choice = choices->front();
  const auto message = choice.find("message");
  const Json none = Json::object();
  const Json& said = message != choice.end() && message->is_object() ? *message : none;
  Answer answer;
  answer.model = text_member(envelope, "model");
  answer.text = content_of(said);
  if (trim(answer.text).empty() && !refuses(said)) answer.text += arguments_of(said);
  answer.finish = finish_of(choice, said, answer.text);
  answer.usage = or_estimate(usage_of(envelope), answer.text);
  return answer;
}

}  // namespace kpi::llm
