#pragma once

#include "common.hpp"
#include "invocation.hpp"
#include "progress.hpp"

#include <kpi/base/clock.hpp>
#include <kpi/config/settings.hpp>
#include <kpi/stages/ports.hpp>

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>
#include <string>

namespace kpi::app {

/// What a command has in hand once its flags are parsed: the effective settings, its voice, and the clock.
class Session {
public:
  /// Reads the configuration. Fails (input) as config::load() does. `command` is "kpi discover".
  static Result<std::unique_ptr<Session>> open(const Common& common, Surroundings& around,
                                               std::string command);

  [[nodiscard]] const config::Settings& settings() const { return loaded_.settings; }
  [[nodiscard]] const config::Loaded& loaded() const { return loaded_; }
  [[nodiscard]] const Common& common() const { return common_; }
  [[nodiscard]] Console& console() { return around_.console; }
  [[nodiscard]] std::stop_token stop() const { return around_.stop; }
  [[nodiscard]] spdlog::logger& log() { return *log_; }
  [[nodiscard]] Progress& progress() { return *progress_; }
  [[nodiscard]] Clock& clock() { return system_clock(); }
  [[nodiscard]] const std::string& command() const { return command_; }

  /// The id of the last context(), "" before.
  [[nodiscard]] const std::string& run_id() const { return run_id_; }

  /// What a stage is handed beside its ports. A new run id each time but for `run_id`, where it is given.
  [[nodiscard]] stages::Context context(const std::string& metabase_url, const std::string& run_id = "");

private:
  Session(Common common, Surroundings& around, std::string command, config::Loaded loaded);
  void hide_secrets();

  Common common_;
  Surroundings& around_;
  std::string command_;
  std::string run_id_;
  config::Loaded loaded_;
  std::shared_ptr<spdlog::logger> log_;
  std::unique_ptr<ConsoleProgress> progress_;
};

/// The settings that a report can depend on, "key=value" a line: not the pace at which servers are asked, nor
/// what may be spent. What was begun under others of those is gone on with.
[[nodiscard]] std::string settings_behind_reports(const config::Loaded& loaded);

/// The folder that holds prompts/ and config/, for the binary that runs.
Result<std::filesystem::path> share_folder();

}  // namespace kpi::app
