#pragma once

#include "common.hpp"
#include "exit.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/json_stream.hpp>
#include <kpi/base/result.hpp>
#include <kpi/model/report.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace kpi::render {
struct Setting;
}

namespace kpi::app {

/// An input report while it is read, and what to call it in messages.
class Input {
public:
  /// Opens `file`, or standard input where it is "-" or "". Fails (input): nobody pipes anything and no file
  /// is named, the file cannot be read.
  static Result<Input> open(const std::string& file, std::stop_token stop);
  Input(Input&&) noexcept = default;
  Input& operator=(Input&&) noexcept = default;

  [[nodiscard]] const std::string& name() const { return name_; }  ///< the file, or "standard input"
  /// The bytes as they come, each piece once. This must stay where it is while they are read.
  [[nodiscard]] TextSource source();
  /// Why the bytes ended before the report did, or held none at all: (input) unreadable, too large or empty,
  /// (interrupted) by `stop`. None while all is well.
  [[nodiscard]] std::optional<Error> trouble() const;
  /// SHA-256 of all bytes, also of those that nobody read yet.
  [[nodiscard]] std::string sha256();

private:
  struct File {
    explicit File(int descriptor) : fd(descriptor) {}
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd;
  };
  Input(std::string name, std::unique_ptr<File> file, std::stop_token stop);
  std::string next();

  std::string name_;
  std::unique_ptr<File> file_;
  std::stop_token stop_;
  Sha256 sum_;
  std::size_t bytes_ = 0;
  bool blank_ = true;
  std::optional<Error> failure_;
};

/// All bytes of a report: for who reads them twice. Fails as Input does.
struct InputText {
  std::string text;
  std::string name;
};
Result<InputText> read_input(const std::string& file, const std::stop_token& stop);

/// Makes sure, before any work, that `output` names something that can be written. Fails (input).
Result<Done> check_output(const std::string& output);

enum class Written {
  whole,
  closed,  ///< standard output was closed early: nothing more to say
};

/// Writes what `write` gives to its sink to the file `output`, or to standard output where it is "-" or "".
/// The file is put in its place when all of it was written. Fails (machine).
Result<Written> write_output(const std::string& output, const std::function<void(const TextSink&)>& write);
Result<Written> write_output(const std::string& output, std::string_view text);

/// What formats depend on beside the report: the terminal that `common` writes to, and `subject`, the file
/// that build servers show findings in ("" or "-": none), with `text`, all of it, to find each KPI's line.
[[nodiscard]] render::Setting setting_of(const Common& common, const std::string& subject,
                                         std::string_view text);

// One name for the five readers, so that a template can call them.
Result<model::SchemaReport> read_report(const TextSource& text, const std::string& name,
                                        const model::SchemaReport*);
Result<model::CandidatesReport> read_report(const TextSource& text, const std::string& name,
                                            const model::CandidatesReport*);
Result<model::ValidationReport> read_report(const TextSource& text, const std::string& name,
                                            const model::ValidationReport*);
Result<model::RegistrationReport> read_report(const TextSource& text, const std::string& name,
                                              const model::RegistrationReport*);

/// A report and which one it was, for the envelope of the next.
template <class Report>
struct ReadReport {
  Report report;
  model::InputReport input;
};

[[nodiscard]] constexpr model::ReportKind kind_of(const model::SchemaReport*) {
  return model::ReportKind::schema;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::CandidatesReport*) {
  return model::ReportKind::candidates;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::ValidationReport*) {
  return model::ReportKind::validation;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::RegistrationReport*) {
  return model::ReportKind::registration;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::AuditReport*) {
  return model::ReportKind::audit;
}

/// The report in `file`, or on standard input, read as it comes. Fails as Input and the reader of `Report`
/// do.
template <class Report>
Result<ReadReport<Report>> load_report(const std::string& file, const std::stop_token& stop) {
  auto input = Input::open(file, stop);
  if (!input) return std::move(input).error();
  const Report* which = nullptr;
  auto report = read_report(input->source(), input->name(), which);
  // Text that ends because it could not be read is no fault of the text.
  if (auto trouble = input->trouble(); !report && trouble) return *std::move(trouble);
  if (!report) return std::move(report).error();
  auto from = model::input_of(kind_of(which), report->envelope, input->sha256());
  return ReadReport<Report>{std::move(*report), std::move(from)};
}

}  // namespace kpi::app
