#include "report_io.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/formats.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <unistd.h>

namespace kpi::app {
namespace {

constexpr std::size_t max_report_bytes = std::size_t{4} << 30U;

Error wrong_input(std::string code, std::string what, std::string advice) {
  return {Fault::input, std::move(code), "input", std::move(what), std::move(advice)};
}

bool to_standard_output(const std::string& output) { return output.empty() || output == "-"; }

}  // namespace

Input::File::~File() {
  if (fd > STDERR_FILENO) ::close(fd);
}

Input::Input(std::string name, std::unique_ptr<File> file, std::stop_token stop)
    : name_(std::move(name)),
      file_(std::move(file)),
      stop_(std::move(stop)) {}

Result<Input> Input::open(const std::string& file, std::stop_token stop) {
  if (file.empty() && ::isatty(STDIN_FILENO) == 1) {
    return wrong_input("input.none", "no report was given", "name a report file, or pipe one in");
  }
  if (file.empty() || file == "-") {
    return Input("standard input", std::make_unique<File>(STDIN_FILENO), std::move(stop));
  }
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int reason = errno;
    return Error{Fault::input, "file.unreadable", "file",
                 fmt::format("cannot read {}: {}", file, std::strerror(reason)),
                 reason == ENOENT ? "check the path" : "check its permissions"};
  }
  return Input(file, std::make_unique<File>(fd), std::move(stop));
}

TextSource Input::source() {
  return [this] { return next(); };
}

std::string Input::next() {
  constexpr std::size_t piece_bytes = std::size_t{1} << 16U;
  std::string piece(piece_bytes, '\0');
  while (!failure_) {
    // Polled, because a pipe may be silent for hours and Ctrl-C must not wait for it.
    constexpr int look_every_ms = 50;
    pollfd polled{file_->fd, POLLIN, 0};
    const int ready = ::poll(&polled, 1, look_every_ms);
    if (stop_.stop_requested()) {
      failure_ =
          Error{Fault::interrupted, "interrupted", "input", "interrupted while waiting for a report", ""};
      break;
    }
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const auto got = ::read(file_->fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      failure_ =
          wrong_input("input.unreadable", fmt::format("cannot read {}: {}", name_, std::strerror(errno)),
                      "name a report file, or pipe one in");
      break;
    }
    piece.resize(static_cast<std::size_t>(got));
    bytes_ += piece.size();
    if (bytes_ > max_report_bytes) {
      failure_ = wrong_input("input.too_large", name_ + " is larger than 4 GiB", "give a smaller report");
      break;
    }
    blank_ = blank_ && trim(piece).empty();
    sum_.add(piece);
    return piece;
  }
  return {};
}

std::optional<Error> Input::trouble() const {
  if (failure_ || !blank_) return failure_;
  if (name_ != "standard input") {
    return wrong_input("input.empty", name_ + " is empty", "give a report that a stage of kpi wrote");
  }
  return wrong_input("input.empty", "standard input held no report",
                     "look at what the command before it in the pipe said, or name a report file");
}

std::string Input::sha256() {
  while (!next().empty()) {
  }
  return sum_.hex();
}

Result<InputText> read_input(const std::string& file, const std::stop_token& stop) {
  auto input = Input::open(file, stop);
  if (!input) return std::move(input).error();
  InputText whole{"", input->name()};
  const auto source = input->source();
  for (auto piece = source(); !piece.empty(); piece = source()) whole.text += piece;
  if (auto trouble = input->trouble()) return *std::move(trouble);
  return whole;
}

Result<Done> check_output(const std::string& output) {
  if (to_standard_output(output)) return Done{};
  const auto wrong = [&](const std::string& why) {
    return Error{Fault::input, "output.unwritable", "output", "cannot write " + output + ": " + why,
                 "name a file in a folder that you may write to"};
  };
  std::error_code ignored;
  const std::filesystem::path file(output);
  if (std::filesystem::is_directory(file, ignored)) return wrong("it is a folder");
  if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored))
    return Done{};
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  // The report is written beside the file and renamed, so it is the folder that counts.
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return wrong(fmt::format("{}: {}", folder.string(), std::strerror(errno)));
  }
  return Done{};
}

Result<Written> write_output(const std::string& output, const std::function<void(const TextSink&)>& write) {
  if (!to_standard_output(output)) {
    auto file = FileWriter::open(output);
    if (!file) return std::move(file).error();
    write([&file](std::string_view piece) { return file->write(piece); });
    if (auto done = file->commit(); !done) return std::move(done).error();
    return Written::whole;
  }
  int failure = 0;
  write([&failure](std::string_view piece) {
    while (failure == 0 && !piece.empty()) {
      const auto written = ::write(STDOUT_FILENO, piece.data(), piece.size());
      if (written >= 0) {
        piece.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        failure = errno;
      }
    }
    return failure == 0;
  });
  if (failure == EPIPE) return Written::closed;
  if (failure != 0) {
    return Error{Fault::machine, "output.unwritable", "output",
                 fmt::format("cannot write to standard output: {}", std::strerror(failure)),
                 "write to a file with -o FILE"};
  }
  return Written::whole;
}

Result<Written> write_output(const std::string& output, std::string_view text) {
  return write_output(output, [text](const TextSink& sink) { sink(text); });
}

render::Setting setting_of(const Common& common, const std::string& subject, std::string_view text) {
  render::Setting setting;
  setting.terminal.width = static_cast<std::size_t>(output_columns());
  // A file painted with colour is of use to nobody who did not ask for it.
  const bool terminal = to_standard_output(common.output) && output_is_terminal();
  setting.terminal.paint = wants_color(common.console, terminal) ? render::Paint::yes : render::Paint::no;
  if (!subject.empty() && subject != "-") setting.source = render::Source::of(subject, text);
  return setting;
}

Result<model::SchemaReport> read_report(const TextSource& text, const std::string& name,
                                        const model::SchemaReport*) {
  return model::read_schema_report(text, name);
}
Result<model::CandidatesReport> read_report(const TextSource& text, const std::string& name,
                                            const model::CandidatesReport*) {
  return model::read_candidates_report(text, name);
}
Result<model::ValidationReport> read_report(const TextSource& text, const std::string& name,
                                            const model::ValidationReport*) {
  return model::read_validation_report(text, name);
}
Result<model::RegistrationReport> read_report(const TextSource& text, const std::string& name,
                                              const model::RegistrationReport*) {
  return model::read_registration_report(text, name);
}

}  // namespace kpi::app
