#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::llm {

/// One question to a model. The members from `table` on are never sent.
struct Question {
  std::string system;
  std::string user;
  Json schema = nullptr;           ///< of the answer; null: free text
  std::int64_t max_tokens = 8000;  ///< of the answer
  double temperature = 0.2;
  std::string table = {};              ///< what it is about, for messages and recordings
  std::string prompt_sha256 = {};      ///< of system and user
  bool is_follow_up = false;           ///< asks for what an earlier answer to the same table lacked
  std::function<void()> on_lost = {};  ///< called for each try that may have been paid though nothing came
};

/// An answer as it came: what is stored before anyone reads it.
struct RawAnswer {
  int http_status = 200;
  std::string body;
  std::chrono::milliseconds elapsed{0};
  std::vector<http::Header> headers = {};
};

enum class Finish {
  stop,      ///< ended by itself
  length,    ///< cut at the token limit: whole items may be in it, or nothing at all
  refusal,   ///< the model would not
  filtered,  ///< withheld by the provider
  empty,     ///< ended by itself with nothing to read
};

[[nodiscard]] std::string_view to_string(Finish finish);

struct Usage {
  std::int64_t prompt_tokens = 0;       ///< all of the input, what was cached included
  std::int64_t cached_tokens = 0;       ///< of prompt_tokens: read from the provider's cache
  std::int64_t cache_write_tokens = 0;  ///< of prompt_tokens: written to it, at a price of its own
  std::int64_t completion_tokens = 0;   ///< all of the output, reasoning included
  bool estimated = false;               ///< the server did not say, or nothing that can be; from bytes
};

/// What was in an answer's envelope.
struct Answer {
  std::string text;
  std::string model;  ///< as the server names it; may be empty
  Usage usage = {};
  Finish finish = Finish::stop;
};

/// One model behind one API. Any thread may call.
class ChatModel {
public:
  virtual ~ChatModel() = default;
  /// Sends `question`; what comes back is a paid answer. Fails with
  ///   unreachable: llm.credentials, llm.no_money, llm.no_model, and the transport's http.refused, http.dns,
  ///                http.tls, http.proxy: the next question would fail the same way,
  ///   item:        llm.too_long, llm.filtered, llm.rejected, llm.rate_limited, llm.server, llm.bad_answer,
  ///                http.timeout, http.reset, http.rate_limited, http.too_large,
  ///   interrupted.
  virtual Result<RawAnswer> ask(const Question& question, std::stop_token stop) = 0;
  /// Reads the envelope of an answer, fresh or stored. Fails (item, "llm.bad_answer"), or as ask() does
  /// where it is an error that came as an answer.
  [[nodiscard]] virtual Result<Answer> read(const RawAnswer& raw) const = 0;
  [[nodiscard]] virtual std::string_view provider() const = 0;
  [[nodiscard]] virtual std::string_view model() const = 0;
  [[nodiscard]] virtual std::string_view endpoint() const = 0;  ///< the base URL; part of the cache key
  /// True if asking reaches no server and costs nothing.
  [[nodiscard]] virtual bool is_free() const { return false; }
};

/// A guess at how many tokens `text` is: four bytes each for ASCII, fewer for other scripts.
[[nodiscard]] std::int64_t estimated_tokens(std::string_view text);

}  // namespace kpi::llm
