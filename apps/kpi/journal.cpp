#include "journal.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace kpi::app {
namespace {

constexpr std::chrono::hours longest_life{24};  // an older one is about a database as it was
constexpr std::string_view ended = "{\"ended\":true}";

std::string header_of(const std::string& purpose) {
  return dump_json({{"journal", 1}, {"purpose", sha256_hex(purpose)}});
}

bool is_old(const std::filesystem::path& file, WallTime now) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 &&
         now.time_since_epoch() - std::chrono::seconds(found.st_mtime) > longest_life;
}

}  // namespace

std::unique_ptr<FileJournal> FileJournal::open(const std::filesystem::path& file, const std::string& purpose,
                                               Take take, Clock& clock) {
  const bool old = is_old(file, clock.now());
  const int fd = ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return nullptr;
  std::unique_ptr<FileJournal> journal(new FileJournal(file, fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return nullptr;
  const auto header = header_of(purpose);
  if (old || !journal->load(header, take)) {
    journal->found_.clear();
    if (::ftruncate(fd, 0) != 0) return nullptr;
    journal->write(header);
  } else {
    journal->write("");  // ends a line that was cut off
  }
  journal->empty_ = journal->found_.empty();
  return journal;
}

FileJournal::~FileJournal() {
  if (empty_) discard();
  ::close(fd_);
}

bool FileJournal::load(const std::string& header, Take take) {
  const auto text = read_file(file_);
  if (!text) return false;
  bool first = true;
  for (std::size_t at = 0; at < text->size();) {
    const auto end = text->find('\n', at);
    if (end == std::string::npos) break;
    const auto line = std::string_view(*text).substr(at, end - at);
    at = end + 1;
    if (std::exchange(first, false)) {
      if (line != header) return false;
      continue;
    }
    if (line == ended && take == Take::cut_off) return false;
    const auto space = line.find(' ');
    if (space != std::string_view::npos) found_.emplace(line.substr(0, space), line.substr(space + 1));
  }
  return !first;
}

std::optional<std::string> FileJournal::find(std::string_view key) {
  const auto at = found_.find(key);
  return at == found_.end() ? std::nullopt : std::optional(at->second);
}

void FileJournal::keep(std::string_view key, std::string_view text) {
  write(std::string(key) + " " + std::string(text));
}

void FileJournal::end() { write(std::string(ended)); }

void FileJournal::write(std::string line) {
  line += '\n';
  const std::lock_guard lock(mutex_);
  // One write a line: what a killed process has written, the system still has.
  empty_ = false;
  if (!broken_) broken_ = ::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size());
}

void FileJournal::discard() {
  empty_ = false;
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

std::filesystem::path journal_file(const Session& session, const std::string& purpose) {
  const auto folder = session.settings().state.parent_path() / "unfinished";
  if (make_directories(folder)) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (is_old(entry.path(), system_clock().now())) std::filesystem::remove(entry.path(), ignored);
    }
  }
  return folder / ("validate-" + sha256_hex(purpose).substr(0, 16) + ".jsonl");
}

void tell_of_earlier(Session& session, const FileJournal* journal) {
  if (journal == nullptr || journal->size() == 0) return;
  session.console().line(fmt::format("validate: {} KPI{} validated before, by a try that was stopped",
                                     journal->size(), journal->size() == 1 ? " was" : "s were"));
}

}  // namespace kpi::app
