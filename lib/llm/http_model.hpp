#pragma once

#include <kpi/config/settings.hpp>
#include <kpi/http/message.hpp>
#include <kpi/llm/chat.hpp>

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::llm {

/// Where a model is reached and how long one answer may take.
struct ModelAccess {
  std::string base_url;  ///< empty: the provider's own
  std::string model;
  config::Secret key;
  std::chrono::milliseconds timeout{180'000};  ///< one deadline for all tries of one question
};

/// Parameters that a server has said it does not take.
using LeftOut = std::set<std::string, std::less<>>;

/// A model behind an HTTP API: what all such APIs have in common. A 400 or 422 that names an optional
/// parameter is answered by a resend without it, once for each, and the parameter stays out from then on. A
/// request is sent again only until an answer has begun: one that breaks off is paid for, and its question is
/// not asked a second time unseen.
class HttpModel : public ChatModel {
public:
  Result<RawAnswer> ask(const Question& question, std::stop_token stop) final;
  [[nodiscard]] Result<Answer> read(const RawAnswer& raw) const final;
  [[nodiscard]] std::string_view model() const final { return access_.model; }
  [[nodiscard]] std::string_view endpoint() const final { return access_.base_url; }

protected:
  /// `transport` must outlive the model.
  HttpModel(ModelAccess access, http::Transport& transport, LeftOut left_out);

  [[nodiscard]] const ModelAccess& access() const { return access_; }
  [[nodiscard]] virtual std::string url() const = 0;
  [[nodiscard]] virtual std::vector<http::Header> credentials() const = 0;
  [[nodiscard]] virtual Json body(const Question& question, const LeftOut& left_out) const = 0;
  /// The parameters that body() can do without, or has another form for.
  [[nodiscard]] virtual std::vector<std::string_view> optional_parameters() const = 0;
  /// `left_out` after a complaint about `named`; the same where nothing is left to try.
  [[nodiscard]] virtual LeftOut without(std::string_view named, LeftOut left_out) const;
  /// The answer in an envelope without an error; fails where it is none.
  [[nodiscard]] virtual Result<Answer> read_envelope(const Json& envelope) const = 0;

  [[nodiscard]] Error bad_answer(std::string what) const;

private:
  [[nodiscard]] http::Request request(const Question& question, const LeftOut& left_out,
                                      std::chrono::milliseconds time_left) const;
  [[nodiscard]] std::string without_key(std::string body) const;

  ModelAccess access_;
  http::Transport& transport_;
  std::mutex mutex_;
  LeftOut left_out_;
};

/// The member `name` of a JSON object as text, "" where it is none.
[[nodiscard]] std::string text_member(const Json& object, const char* name);
/// The member `name` as a count of tokens: 0 where it is none, negative, or more than any model takes.
[[nodiscard]] std::int64_t token_member(const Json& object, const char* name);
/// `usage` with an estimate of the output where the server counted none of it.
[[nodiscard]] Usage or_estimate(Usage usage, std::string_view text);

}  // namespace kpi::llm
