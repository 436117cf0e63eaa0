#pragma once

#include "support/fault_server.hpp"

#include <kpi/base/json.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kpi::test {

/// One question as a model's server got it.
struct Asked {
  std::string table;  ///< that it is about, as the prompt names it
  bool top_up = false;
  Json body;
  Received request;
};

/// A server that speaks OpenAI's Chat Completions, well or badly, and notes what it was asked.
class ModelDouble {
public:
  /// What to answer; `nth` counts the questions about one table from 0. Called one at a time.
  using Answer = std::function<Reply(const Asked& asked, std::size_t nth)>;

  explicit ModelDouble(Answer answer);
  ~ModelDouble();
  ModelDouble(const ModelDouble&) = delete;
  ModelDouble& operator=(const ModelDouble&) = delete;

  /// Answers like this from here on, and forgets what was asked.
  void restart(Answer answer);
  /// In order of arrival.
  [[nodiscard]] std::vector<Asked> asked() const;
  [[nodiscard]] std::size_t count(const std::string& table) const;
  [[nodiscard]] std::string url() const;  ///< with /v1
  [[nodiscard]] const FaultServer& server() const { return *server_; }

private:
  struct Notes;
  std::unique_ptr<Notes> notes_;
  std::unique_ptr<FaultServer> server_;
};

/// A whole answer that says `text`.
[[nodiscard]] Reply completion(const std::string& text, const std::string& finish = "stop");
/// `count` good KPIs about `table` as the JSON that is asked for, named from `first` on.
[[nodiscard]] std::string kpi_list(const std::string& table, int count, int first = 1);
/// Answers every question with 15 KPIs.
[[nodiscard]] ModelDouble::Answer good_answers();

}  // namespace kpi::test
