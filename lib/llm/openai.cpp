#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/openai.hpp>
#include <kpi/llm/refusal.hpp>

#include <utility>

namespace kpi::llm {
namespace {

constexpr std::string_view own_base = "https://api.openai.com/v1";
constexpr std::size_t most_answer_bytes = std::size_t{8} << 20U;

std::int64_t whole(const Json& object, const char* name) {
  if (!object.is_object()) return 0;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return std::max<std::int64_t>(found->get<std::int64_t>(), 0);
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Error bad_answer(std::string what) {
  return {Fault::item, "llm.bad_answer", "openai", std::move(what),
          "check that --base-url names an OpenAI-compatible server"};
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

}  // namespace

OpenAiModel::OpenAiModel(ModelAccess access, http::Transport& transport)
    : access_(std::move(access)),
      transport_(transport) {
  if (access_.base_url.empty()) access_.base_url = own_base;
  // What is left out first is what the server most likely does not know.
  const bool is_own = http::host_of(access_.base_url) == http::host_of(own_base);
  left_out_.insert(is_own ? "max_tokens" : "max_completion_tokens");
}

http::Request OpenAiModel::request(const Question& question, const std::set<std::string>& left_out) const {
  const auto takes = [&](const char* name) { return left_out.count(name) == 0; };
  Json body{{"model", access_.model},
            {"messages", Json::array({{{"role", "system"}, {"content", question.system}},
                                      {{"role", "user"}, {"content", question.user}}})}};
  if (takes("max_completion_tokens")) {
    body["max_completion_tokens"] = question.max_tokens;
  } else if (takes("max_tokens")) {
    body["max_tokens"] = question.max_tokens;
  }
  if (takes("temperature")) body["temperature"] = question.temperature;
  if (!question.schema.is_null() && takes("response_format")) {
    body["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "kpi_list"}, {"strict", true}, {"schema", question.schema}}}};
  }
  http::Request request;
  request.method = http::Method::post;
  request.url = http::join_url(access_.base_url, "chat/completions");
  request.headers.push_back({"Content-Type", "application/json"});
  if (!access_.key.empty()) request.headers.push_back({"Authorization", "Bearer " + access_.key.reveal()});
  request.body = dump_json(body);
  request.deadline = access_.timeout;
  request.idle_timeout = access_.timeout;
  request.max_response_bytes = most_answer_bytes;
  request.retry_statuses = {408, 409, 425, 429, 500, 502, 503, 504, 529};
  request.is_final = is_final;
  request.stop_grace = std::chrono::seconds{10};
  return request;
}

Result<RawAnswer> OpenAiModel::ask(const Question& question, std::stop_token stop) {
  std::set<std::string> left_out;
  {
    const std::scoped_lock lock(mutex_);
    left_out = left_out_;
  }
  for (bool resent = false;; resent = true) {
    auto response = transport_.send(request(question, left_out), stop);
    if (!response) return transport_error(std::move(response).error(), provider());
    auto complaint = response->status == 200 ? Complaint{} : complaint_of(response->body);
    if (response->status >= 200 && response->status < 300)
      return RawAnswer{response->status, std::move(response->body), response->elapsed};
    const auto named =
        named_parameter(complaint, {"max_completion_tokens", "max_tokens", "temperature", "response_format"});
    if (response->status != 400 || resent || named.empty())
      return refusal_error(provider(), access_.model, response->status, complaint, access_.key.reveal());
    if (named == "max_tokens" || named == "max_completion_tokens") {
      // The one that was sent is the one complained of, whichever of the two the message mentions.
      const bool newer = left_out.count("max_completion_tokens") == 0;
      left_out.erase(newer ? "max_tokens" : "max_completion_tokens");
      left_out.insert(newer ? "max_completion_tokens" : "max_tokens");
    } else {
      left_out.insert(std::string(named));
    }
    const std::scoped_lock lock(mutex_);
    left_out_ = left_out;
  }
}

Result<Answer> OpenAiModel::read(const RawAnswer& raw) const {
  auto json = parse_json(repair_utf8(trim(raw.body)), "answer");
  if (!json || !json->is_object()) return bad_answer("the answer is no JSON object");
  Answer answer;
  answer.model = text_member(*json, "model");
  const auto choices = json->find("choices");
  if (choices == json->end() || !choices->is_array() || choices->empty() || !choices->front().is_object()) {
    // Gateways report errors under 200.
    if (json->contains("error"))
      return refusal_error(provider(), access_.model, raw.http_status, complaint_of(raw.body),
                           access_.key.reveal());
    return bad_answer("the answer has no choices");
  }
  const Json& choice = choices->front();
  const auto message = choice.find("message");
  const Json empty = Json::object();
  const Json& said = message != choice.end() && message->is_object() ? *message : empty;
  answer.text = content_of(said);
  const auto reason = text_member(choice, "finish_reason");
  const bool blank = trim(answer.text).empty();
  if (!text_member(said, "refusal").empty()) {
    answer.finish = Finish::refusal;
  } else if (reason == "content_filter") {
    answer.finish = Finish::filtered;
  } else if (blank) {
    answer.finish = Finish::empty;
  } else if (reason == "length") {
    answer.finish = Finish::length;
  }
  const auto usage = json->find("usage");
  if (usage != json->end() && usage->is_object() && whole(*usage, "prompt_tokens") > 0) {
    answer.usage.prompt_tokens = whole(*usage, "prompt_tokens");
    answer.usage.completion_tokens = whole(*usage, "completion_tokens");
    const auto details = usage->find("prompt_tokens_details");
    if (details != usage->end()) answer.usage.cached_tokens = whole(*details, "cached_tokens");
  } else {
    answer.usage.completion_tokens = estimated_tokens(answer.text);
    answer.usage.estimated = true;
  }
  return answer;
}

}  // namespace kpi::llm
