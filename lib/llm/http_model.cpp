#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/http_model.hpp>
#include <kpi/llm/refusal.hpp>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_answer_bytes = std::size_t{8} << 20U;
constexpr std::int64_t most_tokens = 100'000'000;
constexpr std::chrono::milliseconds longest_stall{60'000};  // within an answer; before it a model may think
// A little less than a first Ctrl-C leaves, so that what became of the call can still be noted.
constexpr std::chrono::milliseconds grace{9'000};

/// The status that a gateway means by the code of its error.
std::optional<int> status_in(const Complaint& complaint) {
  const auto& code = complaint.code;
  const bool number = code.size() == 3 && code.find_first_not_of("0123456789") == std::string::npos;
  if (!number || (code[0] != '4' && code[0] != '5')) return std::nullopt;
  return std::stoi(code);
}

/// All of 5xx too: gateways in front of models have numbers of their own (520 to 530).
std::vector<int> worth_another_try() {
  std::vector<int> statuses{408, 409, 425, 429};
  for (int status = 500; status < 600; ++status) statuses.push_back(status);
  return statuses;
}

}  // namespace

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t token_member(const Json& object, const char* name) {
  if (!object.is_object()) return 0;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return 0;
  const auto count = found->get<std::int64_t>();
  return count < 0 || count > most_tokens ? 0 : count;
}

Usage or_estimate(Usage usage, std::string_view text) {
  if (usage.completion_tokens == 0 && !text.empty()) {
    usage.completion_tokens = estimated_tokens(text);
    usage.estimated = true;
  }
  if (usage.prompt_tokens == 0) usage.estimated = true;
  return usage;
}

HttpModel::HttpModel(ModelAccess access, http::Transport& transport, LeftOut left_out)
    : access_(std::move(access)),
      transport_(transport),
      left_out_(std::move(left_out)) {
  access_.base_url = http::join_url(access_.base_url, "");
}

Error HttpModel::bad_answer(std::string what) const {
  return {Fault::item, "llm.bad_answer", std::string(provider()), std::move(what),
          "check that --base-url names a server of this kind"};
}

LeftOut HttpModel::without(std::string_view named, LeftOut left_out) const {
  left_out.emplace(named);
  return left_out;
}

http::Request HttpModel::request(const Question& question, const LeftOut& left_out,
                                 std::chrono::milliseconds time_left) const {
  http::Request request;
  request.method = http::Method::post;
  request.url = url();
  request.headers = credentials();
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = dump_json(body(question, left_out));
  request.repeat = http::Repeat::unanswered;
  request.deadline = time_left;
  request.first_byte_timeout = time_left;
  request.idle_timeout = std::min(time_left, longest_stall);
  request.max_response_bytes = most_answer_bytes;
  request.retry_statuses = worth_another_try();
  request.is_final = is_final;
  request.on_lost = question.on_lost;
  request.stop_grace = grace;
  return request;
}

/// An answer is stored; a server that quotes what it was sent must not bring the key there.
std::string HttpModel::without_key(std::string body) const {
  constexpr std::size_t shortest = 8;  // "none" and the like are no secrets, and may be words of an answer
  const auto& key = access_.key.reveal();
  return key.size() < shortest ? body : replace_all(body, key, "***");
}

Result<RawAnswer> HttpModel::ask(const Question& given, std::stop_token stop) {
  Question question = given;
  LeftOut left_out;
  {
    const std::scoped_lock lock(mutex_);
    left_out = left_out_;
  }
  const auto optional = optional_parameters();
  auto time_left = access_.timeout;
  // Each resend leaves something out or asks for less, so that there are only so many.
  for (std::size_t resends = 0;; ++resends) {
    auto response = transport_.send(request(question, left_out, time_left), stop);
    if (!response) return transport_error(std::move(response).error(), provider());
    time_left -= response->elapsed;
    if (response->status >= 200 && response->status < 300) {
      return RawAnswer{response->status, without_key(std::move(response->body)), access_.timeout - time_left,
                       std::move(response->headers)};
    }
    const auto complaint = complaint_of(response->body);
    auto refusal = refusal_error(provider(), access_.model, *response, complaint, access_.key.reveal());
    const bool may_resend = response->status == 400 || response->status == 422;
    const bool in_time = resends <= optional.size() && time_left > std::chrono::milliseconds{0};
    if (!may_resend || !in_time || stop.stop_requested()) return refusal;
    if (const auto room = room_for_answer(complaint); room && *room < question.max_tokens) {
      question.max_tokens = *room;
      continue;
    }
    if (refusal.code == "llm.too_long") return refusal;
    const auto named = named_parameter(complaint, optional);
    if (named.empty()) return refusal;
    auto fewer = without(named, left_out);
    if (fewer == left_out) return refusal;
    left_out = std::move(fewer);
    const std::scoped_lock lock(mutex_);
    left_out_ = left_out;
  }
}

Result<Answer> HttpModel::read(const RawAnswer& raw) const {
  auto envelope = parse_json(repair_utf8(trim(raw.body)), "answer");
  if (!envelope || !envelope->is_object()) return bad_answer("the answer is no JSON object");
  auto answer = read_envelope(*envelope);
  // Gateways report errors under 200.
  if (!answer && envelope->contains("error")) {
    const auto complaint = complaint_of(raw.body);
    http::Response response;
    response.status = status_in(complaint).value_or(raw.http_status);
    return refusal_error(provider(), access_.model, response, complaint, access_.key.reveal());
  }
  return answer;
}

}  // namespace kpi::llm
