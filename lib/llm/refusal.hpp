#pragma once

#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a model's HTTP error means: for this question, or for all of them.
namespace kpi::llm {

/// What a server said was wrong. Every part may be empty: bodies can be HTML, plain text or nothing.
struct Complaint {
  std::string code;   ///< "insufficient_quota"; a number as text
  std::string type;   ///< "invalid_request_error"
  std::string param;  ///< the parameter that it names
  std::string message;
};

/// Reads an error body in any of the shapes that OpenAI, Anthropic and compatible servers use.
[[nodiscard]] Complaint complaint_of(std::string_view body);

/// True for answers that no other try betters: money is short, or the server says not to retry.
[[nodiscard]] bool is_final(const http::Response& response);

/// `response` that is an error (any status but 2xx, or an error object under 200) as ChatModel::ask() lists
/// them. `key` never appears in the message; what a server says of credentials is not quoted at all.
[[nodiscard]] Error refusal_error(std::string_view provider, std::string_view model,
                                  const http::Response& response, const Complaint& complaint,
                                  std::string_view key);

/// A failure of the transport: some end only this question.
[[nodiscard]] Error transport_error(Error error, std::string_view provider);

/// Of `names` the request parameter that a 400 complains of; "" if none.
[[nodiscard]] std::string_view named_parameter(const Complaint& complaint,
                                               const std::vector<std::string_view>& names);

/// How many tokens an answer may have, where a 400 says so in one of the ways that are known ("maximum
/// context length is 8192 tokens ... 1500 in the messages", "at most 4096 completion tokens"); none where it
/// does not, or where fewer are left than make an answer worth having.
[[nodiscard]] std::optional<std::int64_t> room_for_answer(const Complaint& complaint);

}  // namespace kpi::llm
