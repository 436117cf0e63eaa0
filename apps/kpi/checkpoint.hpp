#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::app {

/// A run that is to begin, should there be none to go on with.
struct NewRun {
  std::string id;
  std::string tenant;
  std::string started_at;  ///< ISO time
  std::string not_before;  ///< ISO time: one that was begun earlier is about a database as it was
};

/// What to make of a run that stands in the folder: go on with it where it was stopped, unless it came to its
/// end or is too old; build on its reports, however old (--from); or do not look at it.
enum class Begin { where_stopped, on_reports, afresh };

/// Whether a finished run registered every table's KPIs.
enum class Covers { part, all };

/// Where a run stands: its folder, held by this process alone, and DIR/run.json, which names the stages whose
/// reports are whole and what each was made from.
class Checkpoint {
public:
  /// Takes `folder`, made where it is missing; and gone again with this where nothing was left in it. Fails
  /// (machine, "run.busy") if another process works in it, (input, "run.other_tenant") if it holds the
  /// reports of another tenant.
  static Result<Checkpoint> open(const std::filesystem::path& folder, const NewRun& new_run, Begin begin);
  Checkpoint(Checkpoint&& other) noexcept;
  Checkpoint& operator=(Checkpoint&&) = delete;
  ~Checkpoint();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::string& run_id() const { return run_id_; }
  [[nodiscard]] std::filesystem::path report_file(std::string_view stage) const;

  /// True if the stage's report is whole, lists no failure, and was made from what `key` says.
  [[nodiscard]] bool has(const std::string& stage, const std::string& key) const;
  /// True if there is a whole report of the stage, whatever it was made from.
  [[nodiscard]] bool has(const std::string& stage) const;
  /// True if there is one that lists items that failed.
  [[nodiscard]] bool is_partial(const std::string& stage) const;
  /// Before its report is written: what is noted of the stage and of later ones holds no longer.
  Result<Done> forget(const std::string& stage);
  /// Notes that the stage's report is whole.
  Result<Done> note(const std::string& stage, const std::string& key);
  /// Notes that the stage's report lists failures: --from builds on it, resuming runs the stage again.
  Result<Done> note_partial(const std::string& stage);
  /// Notes that nothing is left to go on with.
  Result<Done> finish(Covers covers);

private:
  Checkpoint(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  Result<Done> save() const;

  std::filesystem::path folder_;
  int lock_;
  std::vector<std::filesystem::path> made_;  ///< folders that were not there before, the innermost first
  std::string run_id_;
  std::string tenant_;
  std::string started_at_;
  Json stages_ = Json::object();  ///< stage -> key
  bool finished_ = false;
  bool covers_all_ = false;
};

/// The tenant's newest folder below `runs` that has something left to do, that no process works in, and that
/// was begun at `not_before` (ISO time) or later: an older one is about a database as it was.
[[nodiscard]] std::optional<std::filesystem::path> unfinished_run(const std::filesystem::path& runs,
                                                                  const std::string& tenant,
                                                                  const std::string& not_before);

enum class Which { any, covers_all };
/// The tenant's newest folder below `runs` that holds a run.
[[nodiscard]] std::optional<std::filesystem::path> newest_run(const std::filesystem::path& runs,
                                                              const std::string& tenant, Which which);

/// True if `folder` holds a run that came to its end and registered every table's KPIs.
[[nodiscard]] bool covers_all(const std::filesystem::path& folder);

}  // namespace kpi::app
