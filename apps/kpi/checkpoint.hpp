#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::app {

/// A run that is to begin, should there be none to go on with.
struct NewRun {
  std::string id;
  std::string tenant;
  std::string started_at;  ///< ISO time
};

/// Where a run stands: its folder, held by this process alone, and DIR/run.json, which names the stages whose
/// reports are whole and what each was made from.
class Checkpoint {
public:
  /// Takes `folder`, made where it is missing. Fails (machine, "run.busy") if another process works in it,
  /// (input, "run.other_tenant") if it holds the reports of another tenant. With `fresh` nothing that stands
  /// there counts.
  static Result<Checkpoint> open(const std::filesystem::path& folder, const NewRun& new_run, bool fresh);
  Checkpoint(Checkpoint&& other) noexcept;
  Checkpoint& operator=(Checkpoint&&) = delete;
  ~Checkpoint();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::string& run_id() const { return run_id_; }
  [[nodiscard]] std::filesystem::path report_file(std::string_view stage) const;

  /// True if the stage's report is whole and was made from what `key` says.
  [[nodiscard]] bool has(const std::string& stage, const std::string& key) const;
  /// True if there is a whole report of the stage, whatever it was made from.
  [[nodiscard]] bool has(const std::string& stage) const;
  /// Notes that the stage's report is whole, and that later stages' are not any more.
  Result<Done> note(const std::string& stage, const std::string& key);
  /// Notes that nothing is left to go on with.
  Result<Done> finish();

private:
  Checkpoint(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  Result<Done> save() const;

  std::filesystem::path folder_;
  int lock_;
  std::string run_id_;
  std::string tenant_;
  std::string started_at_;
  Json stages_ = Json::object();  ///< stage -> key
  bool finished_ = false;
};

/// The tenant's newest folder below `runs` that has something left to do, that no process works in, and that
/// was begun at `not_before` (ISO time) or later: an older one is about a database as it was.
[[nodiscard]] std::optional<std::filesystem::path> unfinished_run(const std::filesystem::path& runs,
                                                                  const std::string& tenant,
                                                                  const std::string& not_before);

enum class Which { any, finished };
/// The tenant's newest folder below `runs` that holds a run.
[[nodiscard]] std::optional<std::filesystem::path> newest_run(const std::filesystem::path& runs,
                                                              const std::string& tenant, Which which);

/// True if `folder` holds a run that came to its end.
[[nodiscard]] bool holds_finished_run(const std::filesystem::path& folder);

}  // namespace kpi::app
