#include "checkpoint.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kpi::app {
namespace {

constexpr const char* file_name = "run.json";
constexpr const char* lock_name = "run.lock";
constexpr int file_version = 1;
constexpr const char* partial = "partial";  ///< in place of a key
constexpr std::array<const char*, 5> order{"discover", "generate", "validate", "register", "audit"};

std::optional<Json> read_checkpoint(const std::filesystem::path& folder) {
  auto text = read_file(folder / file_name);
  if (!text) return std::nullopt;
  auto json = parse_json(*text, file_name);
  // One that cannot be read is no reason to stop: the stages are run again.
  if (!json || !json->is_object()) return std::nullopt;
  const auto version = json->find("version");
  if (version == json->end() || *version != file_version) return std::nullopt;
  return std::move(*json);
}

std::string text_of(const Json& json, const char* name, const std::string& otherwise) {
  const auto at = json.find(name);
  return at != json.end() && at->is_string() ? at->get<std::string>() : otherwise;
}

bool is_set(const Json& json, const char* name) {
  const auto at = json.find(name);
  return at != json.end() && *at == true;
}

std::string tenant_of(const Json& json) { return text_of(json, "tenant", "default"); }

/// The folders below `runs`, the newest first: run ids sort by time.
std::vector<std::filesystem::path> run_folders(const std::filesystem::path& runs) {
  std::error_code failure;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(runs, failure))
    folders.push_back(entry.path());
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

bool is_free(const std::filesystem::path& folder) {
  const int fd = ::open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return true;
  const bool free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return free;
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& folder, const NewRun& new_run, Begin begin) {
  std::vector<std::filesystem::path> missing;
  std::error_code ignored;
  for (auto at = folder; !at.empty() && !std::filesystem::exists(at, ignored); at = at.parent_path())
    missing.push_back(at);
  if (auto made = make_directories(folder); !made) return std::move(made).error();
  const auto lock_file = folder / lock_name;
  const int fd = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return Error{Fault::machine, "file.unwritable", "run",
                 "cannot write " + lock_file.string() + ": " + std::strerror(errno), "check the folder"};
  }
  Checkpoint checkpoint(folder, fd);
  checkpoint.made_ = std::move(missing);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{Fault::machine, "run.busy", "run", "another kpi run works in " + folder.string(),
                 "wait for it, or give another folder with --out"};
  }
  checkpoint.run_id_ = new_run.id;
  checkpoint.tenant_ = new_run.tenant;
  checkpoint.started_at_ = new_run.started_at;
  const auto json = read_checkpoint(folder);
  if (json && tenant_of(*json) != new_run.tenant) {
    return Error{Fault::input, "run.other_tenant", "run",
                 folder.string() + " holds reports of tenant " + single_line(tenant_of(*json)) + ", not " +
                     new_run.tenant,
                 "give another folder with --out"};
  }
  if (!json || begin == Begin::afresh) return checkpoint;
  // A finished run is not gone on with, nor an old one: what it looked at (Metabase, its data) may have
  // changed.
  const auto started_at = text_of(*json, "started_at", "");
  const bool goes_on = !is_set(*json, "finished") && started_at >= new_run.not_before;
  if (!goes_on && begin == Begin::where_stopped) return checkpoint;
  const auto stages = json->find("stages");
  if (stages != json->end() && stages->is_object()) checkpoint.stages_ = *stages;
  if (goes_on) checkpoint.run_id_ = text_of(*json, "run_id", new_run.id);
  // The reports stay as old as they are.
  if (!started_at.empty()) checkpoint.started_at_ = started_at;
  return checkpoint;
}

Checkpoint::Checkpoint(Checkpoint&& other) noexcept
    : folder_(std::move(other.folder_)),
      lock_(std::exchange(other.lock_, -1)),
      made_(std::exchange(other.made_, {})),
      run_id_(std::move(other.run_id_)),
      tenant_(std::move(other.tenant_)),
      started_at_(std::move(other.started_at_)),
      stages_(std::move(other.stages_)),
      finished_(other.finished_),
      covers_all_(other.covers_all_) {}

Checkpoint::~Checkpoint() {
  std::error_code ignored;
  if (!made_.empty() && !std::filesystem::exists(folder_ / file_name, ignored)) {
    ::unlink((folder_ / lock_name).c_str());  // held until now, so nobody works here
    // One that is not empty stays, and with it those around it.
    for (const auto& made : made_) ::rmdir(made.c_str());
  }
  if (lock_ >= 0) ::close(lock_);
}

std::filesystem::path Checkpoint::report_file(std::string_view stage) const {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names{
      {{"discover", "schema.json"},
       {"generate", "candidates.json"},
       {"validate", "validation.json"},
       {"register", "registration.json"},
       {"audit", "audit.json"}}};
  const auto* it =
      std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.first == stage; });
  return folder_ / (it == names.end() ? stage : it->second);
}

bool Checkpoint::has(const std::string& stage, const std::string& key) const {
  return has(stage) && stages_.at(stage) == key;
}

bool Checkpoint::has(const std::string& stage) const {
  std::error_code ignored;
  return stages_.contains(stage) && std::filesystem::exists(report_file(stage), ignored);
}

bool Checkpoint::is_partial(const std::string& stage) const { return has(stage, partial); }

Result<Done> Checkpoint::forget(const std::string& stage) {
  const auto* at = std::find(order.begin(), order.end(), stage);
  for (const auto* later = at; later != order.end(); ++later) stages_.erase(*later);
  finished_ = false;
  covers_all_ = false;
  return save();
}

Result<Done> Checkpoint::note(const std::string& stage, const std::string& key) {
  stages_[stage] = key;
  return save();
}

Result<Done> Checkpoint::note_partial(const std::string& stage) { return note(stage, partial); }

Result<Done> Checkpoint::finish(Covers covers) {
  finished_ = true;
  covers_all_ = covers == Covers::all;
  return save();
}

Result<Done> Checkpoint::save() const {
  const Json json{{"version", file_version},   {"run_id", run_id_},     {"tenant", tenant_},
                  {"started_at", started_at_}, {"finished", finished_}, {"covers_all", covers_all_},
                  {"stages", stages_}};
  return write_file(folder_ / file_name, dump_json(json, 2) + "\n");
}

std::optional<std::filesystem::path> unfinished_run(const std::filesystem::path& runs,
                                                    const std::string& tenant,
                                                    const std::string& not_before) {
  for (const auto& folder : run_folders(runs)) {
    const auto json = read_checkpoint(folder);
    if (!json || tenant_of(*json) != tenant || is_set(*json, "finished")) continue;
    if (text_of(*json, "started_at", "") >= not_before && is_free(folder)) return folder;
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> newest_run(const std::filesystem::path& runs, const std::string& tenant,
                                                Which which) {
  for (const auto& folder : run_folders(runs)) {
    const auto json = read_checkpoint(folder);
    if (!json || tenant_of(*json) != tenant) continue;
    if (which == Which::any || (is_set(*json, "finished") && is_set(*json, "covers_all"))) return folder;
  }
  return std::nullopt;
}

bool covers_all(const std::filesystem::path& folder) {
  const auto json = read_checkpoint(folder);
  return json && is_set(*json, "finished") && is_set(*json, "covers_all");
}

}  // namespace kpi::app
