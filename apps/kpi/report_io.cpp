#include "report_io.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <unistd.h>

namespace kpi::app {
namespace {

constexpr std::size_t max_report_bytes = std::size_t{1} << 30U;

Error wrong_input(std::string code, std::string what, std::string advice) {
  return {Fault::input, std::move(code), "input", std::move(what), std::move(advice)};
}

Result<std::string> read_standard_input(const std::stop_token& stop) {
  std::string bytes;
  std::string chunk(std::size_t{1} << 16U, '\0');
  for (;;) {
    // Polled, because a pipe may be silent for hours and Ctrl-C must not wait for it.
    constexpr int look_every_ms = 50;
    pollfd polled{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&polled, 1, look_every_ms);
    if (stop.stop_requested()) {
      return Error{Fault::interrupted, "interrupted", "input", "interrupted while waiting for a report", ""};
    }
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const auto got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return wrong_input("input.unreadable",
                         fmt::format("cannot read standard input: {}", std::strerror(errno)),
                         "name a report file, or pipe one in");
    }
    if (got == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
    if (bytes.size() > max_report_bytes) {
      return wrong_input("input.too_large", "standard input is larger than 1 GiB", "give a smaller report");
    }
  }
}

bool to_standard_output(const std::string& output) { return output.empty() || output == "-"; }

}  // namespace

Result<Input> read_input(const std::string& file, const std::stop_token& stop) {
  if (!file.empty() && file != "-") {
    auto text = read_file(file, max_report_bytes);
    if (!text) return std::move(text).error();
    if (trim(*text).empty()) {
      return wrong_input("input.empty", file + " is empty", "give a report that a stage of kpi wrote");
    }
    return Input{std::move(*text), file};
  }
  if (file.empty() && ::isatty(STDIN_FILENO) == 1) {
    return wrong_input("input.none", "no report was given", "name a report file, or pipe one in");
  }
  auto text = read_standard_input(stop);
  if (!text) return std::move(text).error();
  if (trim(*text).empty()) {
    return wrong_input("input.empty", "standard input held no report",
                       "look at what the command before it in the pipe said, or name a report file");
  }
  return Input{std::move(*text), "standard input"};
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

Result<Written> write_output(const std::string& output, std::string_view text) {
  if (!to_standard_output(output)) {
    auto written = write_file(output, text);
    if (!written) return std::move(written).error();
    return Written::whole;
  }
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return Written::closed;
    if (written < 0) {
      return Error{Fault::machine, "output.unwritable", "output",
                   fmt::format("cannot write to standard output: {}", std::strerror(errno)),
                   "write to a file with -o FILE"};
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Written::whole;
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

Result<model::SchemaReport> read_report(const Input& input, const model::SchemaReport*) {
  return model::read_schema_report(input.text, input.name);
}
Result<model::CandidatesReport> read_report(const Input& input, const model::CandidatesReport*) {
  return model::read_candidates_report(input.text, input.name);
}
Result<model::ValidationReport> read_report(const Input& input, const model::ValidationReport*) {
  return model::read_validation_report(input.text, input.name);
}
Result<model::RegistrationReport> read_report(const Input& input, const model::RegistrationReport*) {
  return model::read_registration_report(input.text, input.name);
}

}  // namespace kpi::app
