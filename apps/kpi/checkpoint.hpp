#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::app {

/// Where a run stands: its folder, held by this process alone, and DIR/run.json, which names the stages whose
/// reports are whole and what each was made from.
class Checkpoint {
public:
  /// Takes `folder`, made where it is missing. Fails (input, "run.busy") if another process works in it.
  /// With `fresh` nothing that stands there counts.
  static Result<Checkpoint> open(const std::filesystem::path& folder, const std::string& new_run_id,
                                 bool fresh);
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
  Json stages_ = Json::object();  ///< stage -> key
  bool finished_ = false;
};

/// The newest folder below `runs` that holds a run; with `unfinished`, one that has something left to do and
/// that no process works in.
enum class Which { unfinished, any };
[[nodiscard]] std::optional<std::filesystem::path> newest_run(const std::filesystem::path& runs, Which which);

}  // namespace kpi::app
