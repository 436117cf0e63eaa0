#pragma once

#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <string>
#include <string_view>

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

/// An answer that is an error (any status but 2xx, or an error object under 200), as ChatModel::ask() lists
/// them. `key` never appears in the message; what a server says of credentials is not quoted at all.
[[nodiscard]] Error refusal_error(std::string_view provider, std::string_view model, int status,
                                  const Complaint& complaint, std::string_view key);

/// A failure of the transport: some end only this question.
[[nodiscard]] Error transport_error(Error error, std::string_view provider);

/// Of `names` the request parameter that a 400 complains of; "" if none.
[[nodiscard]] std::string_view named_parameter(const Complaint& complaint,
                                               std::initializer_list<std::string_view> names);

}  // namespace kpi::llm
