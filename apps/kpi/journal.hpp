#pragma once

#include "session.hpp"

#include <kpi/stages/journal.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::app {

/// A journal as a file of one line an item, for its user's eyes only, written as the items come and held by
/// this process alone. What a killed process left in it is found again; a line that was cut off is not.
class FileJournal final : public stages::Journal {
public:
  enum class Take {
    all,     ///< what stands in the file, also of a try that came to its end with some items failed
    cut_off  ///< only what a try left that was stopped or killed
  };

  /// Opens `file`, whose items count where they are of the same `purpose` (any text: what they depend on) and
  /// not older than a day. None where it cannot be written or another process has it: work goes on without.
  static std::unique_ptr<FileJournal> open(const std::filesystem::path& file, const std::string& purpose,
                                           Take take, Clock& clock);
  FileJournal(const FileJournal&) = delete;
  FileJournal& operator=(const FileJournal&) = delete;
  /// A journal that holds nothing leaves no file.
  ~FileJournal() override;

  /// How many items an earlier try left.
  [[nodiscard]] std::size_t size() const { return found_.size(); }
  [[nodiscard]] std::optional<std::string> find(std::string_view key) override;
  void keep(std::string_view key, std::string_view text) override;
  /// Notes that the stage came to its end, with some items failed.
  void end();
  /// Nothing is left to go on with: the file goes.
  void discard();

private:
  FileJournal(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}
  bool load(const std::string& header, Take take);
  void write(std::string line);

  std::filesystem::path file_;
  std::map<std::string, std::string, std::less<>> found_;  ///< only read once open() is over
  std::mutex mutex_;                                       ///< guards all below
  int fd_;
  bool broken_ = false;  ///< a line could not be written whole
  bool empty_ = false;   ///< it is ours, and nothing was kept by this try or an earlier one
};

/// Where `kpi validate` keeps what it has finished: beside the state file, by `purpose`. What others left
/// there and nobody came back for within a day is removed. The folder may not exist where it cannot be made.
[[nodiscard]] std::filesystem::path journal_file(const Session& session, const std::string& purpose);

/// Says how much of the work an earlier try has done, where it has. `journal` may be null.
void tell_of_earlier(Session& session, const FileJournal* journal);

}  // namespace kpi::app
