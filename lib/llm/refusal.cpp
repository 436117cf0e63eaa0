#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>
#include <kpi/llm/refusal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_quoted_bytes = 240;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : dump_json(*found);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Money, not pace: `type` may read rate limit all the same, so the code is looked at too.
bool is_about_money(const Complaint& complaint) {
  static constexpr std::array codes{"insufficient_quota",
                                    "credit_balance_exhausted",
                                    "organization_spend_limit_exceeded",
                                    "project_spend_limit_exceeded",
                                    "organization_usage_limit_exceeded",
                                    "enforced_spend_limit_reached",
                                    "billing_hard_limit_reached",
                                    "billing_not_active",
                                    "billing_error"};
  const auto is = [&](std::string_view text) {
    return std::find(codes.begin(), codes.end(), text) != codes.end();
  };
  const auto message = lower(complaint.message);
  return is(complaint.code) || is(complaint.type) || has(message, "credit balance") ||
         has(message, "spend limit") || has(message, "specified api usage limits");
}

/// Google's servers answer 400 to a wrong key.
bool is_about_key(int status, const Complaint& complaint) {
  return status == 401 || status == 403 || lower(complaint.code) == "invalid_api_key" ||
         complaint.type == "authentication_error" || has(lower(complaint.message), "api key not valid");
}

/// Longer than the model's context, or than a minute's tokens: no wait makes it shorter.
bool is_too_long(int status, const Complaint& complaint) {
  static constexpr std::array words{"context length",   "prompt is too long", "maximum context",
                                    "context size",     "context limit",      "input token count",
                                    "request too large"};
  const auto message = lower(complaint.message);
  return status == 413 || lower(complaint.code) == "context_length_exceeded" ||
         complaint.type == "exceed_context_size_error" ||
         std::any_of(words.begin(), words.end(), [&](const char* part) { return has(message, part); });
}

constexpr std::int64_t spare_tokens = 16;          // servers count a few more than they say
constexpr std::int64_t least_answer_tokens = 500;  // two KPIs

std::optional<std::int64_t> worth(std::int64_t tokens) {
  return tokens < least_answer_tokens ? std::nullopt : std::optional(tokens);
}

/// The whole number that stands between `before` and `after` in `text`.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view before,
                                         std::string_view after) {
  for (auto at = text.find(after); at != std::string_view::npos; at = text.find(after, at + 1)) {
    auto begin = at;
    while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
    if (begin == at || at - begin > 9 || !text.substr(0, begin).ends_with(before)) continue;
    return std::stoll(std::string(text.substr(begin, at - begin)));
  }
  return std::nullopt;
}

std::string without(std::string text, std::string_view key) {
  return key.empty() ? text : replace_all(text, key, "***");
}

}  // namespace

Complaint complaint_of(std::string_view body) {
  Complaint complaint;
  auto json = parse_json(body, "answer");
  // Google's compatible server puts its error into a list.
  if (json && json->is_array() && json->size() == 1) json = Json((*json)[0]);
  if (!json || !json->is_object()) {
    const bool html =
        has(lower(body.substr(0, 200)), "<html") || has(lower(body.substr(0, 200)), "<!doctype");
    complaint.message = html ? "an HTML page" : shorten(single_line(body), most_quoted_bytes);
    return complaint;
  }
  const auto error = json->find("error");
  if (error != json->end() && error->is_string()) {
    complaint.message = error->get<std::string>();
    return complaint;
  }
  const Json& object = error != json->end() && error->is_object() ? *error : *json;
  complaint.code = text_of(object, "code");
  complaint.type = text_of(object, "type");
  complaint.param = text_of(object, "param");
  complaint.message = text_of(object, "message");
  if (complaint.message.empty()) complaint.message = text_of(object, "detail");  // FastAPI's
  const auto details = object.find("details");
  if (details != object.end() && details->is_object() && details->contains("error_code"))
    complaint.code = text_of(*details, "error_code");
  return complaint;
}

bool is_final(const http::Response& response) {
  const auto* retry = response.header("x-should-retry");
  if (retry != nullptr && lower(*retry) == "false") return true;
  if (response.status != 429) return false;
  const auto complaint = complaint_of(response.body);
  return is_about_money(complaint) || is_too_long(response.status, complaint);
}

Error refusal_error(std::string_view provider, std::string_view model, const http::Response& response,
                    const Complaint& complaint, std::string_view key) {
  const int status = response.status;
  const std::string where(provider);
  const auto said = shorten(single_line(without(complaint.message, key)), most_quoted_bytes);
  const auto what = [&](std::string_view text) {
    return fmt::format("{} ({}{})", text, status, said.empty() ? "" : ": " + said);
  };
  const auto code = lower(complaint.code);
  if (is_about_money(complaint) || status == 402)
    return {Fault::unreachable, "llm.no_money", where,
            "the account has no money left, or reached its limit",  // NOLINT
            "add credit or raise the limit, then run again: finished answers are kept"};
  if (is_about_key(status, complaint))
    return {Fault::unreachable, "llm.credentials", where,
            fmt::format("the server refused the credentials ({})", status),
            where == "anthropic" ? "check ANTHROPIC_API_KEY" : "check OPENAI_API_KEY and OPENAI_BASE_URL"};
  if (status == 404 || code == "model_not_found")
    return {Fault::unreachable, "llm.no_model", where,
            what(fmt::format("the server knows no model \"{}\" at this address", model)),
            "check --model and --base-url, which for most servers ends in /v1"};
  if (is_too_long(status, complaint))
    return {Fault::item, "llm.too_long", where, what("the prompt is longer than the model takes"),
            "use a model with a larger context, or lower --max-tokens"};
  if (code == "content_filter" || code == "content_policy_violation")
    return {Fault::item, "llm.filtered", where, what("the provider's filter withheld the answer"), ""};
  if (status == 429) {
    const auto wait = response.asked_wait ? fmt::format(" and a wait of {} s asked for",
                                                        (response.asked_wait->count() + 999) / 1000)
                                          : std::string();
    return {Fault::item, "llm.rate_limited", where, what("still limited after all tries" + wait),
            "lower --jobs, set llm." + where + "_requests_per_minute, or run again later"};
  }
  if (status >= 500 || status == 408 || status == 409)
    return {Fault::item, "llm.server", where, what("the server failed"),
            "run again: finished answers are kept"};
  return {Fault::item, "llm.rejected", where, what("the server rejected the request"), ""};
}

Error transport_error(Error error, std::string_view provider) {
  static constexpr std::array passing{"http.timeout", "http.reset", "http.rate_limited", "http.bad_answer"};
  if (error.fault == Fault::unreachable &&
      std::find(passing.begin(), passing.end(), error.code) != passing.end())
    error.fault = Fault::item;
  error.where = provider;
  return error;
}

std::string_view named_parameter(const Complaint& complaint, const std::vector<std::string_view>& names) {
  const auto top = complaint.param.substr(0, complaint.param.find('.'));
  for (const auto name : names) {
    if (top == name) return name;
  }
  if (!complaint.param.empty()) return {};
  for (const auto name : names) {
    if (has(complaint.message, name)) return name;
  }
  return {};
}

std::optional<std::int64_t> room_for_answer(const Complaint& complaint) {
  const auto message = lower(complaint.message);
  if (const auto most = number_after(message, "at most ", " completion tokens")) return worth(*most);
  if (const auto most =
          number_after(message, " > ", ", which is the maximum allowed number of output tokens"))
    return worth(*most);
  const auto context = number_after(message, "maximum context length is ", " tokens");
  if (!context) return std::nullopt;
  for (const auto& [before, after] : {std::pair{"(", " in the messages"},
                                      {"your request has ", " input tokens"},
                                      {"your prompt contains ", " input tokens"},
                                      {"your prompt contains at least ", " input tokens"}}) {
    if (const auto prompt = number_after(message, before, after))
      return worth(*context - *prompt - spare_tokens);
  }
  return std::nullopt;
}

}  // namespace kpi::llm
