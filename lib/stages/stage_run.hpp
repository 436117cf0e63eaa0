#pragma once

#include <kpi/stages/ports.hpp>

#include <string>

// What every stage does at its start and end.
namespace kpi::stages {

/// Measures a stage and fills the envelope of its report.
class StageRun {
public:
  StageRun(const Context& context, std::string stage)
      : context_(context),
        stage_(std::move(stage)),
        started_(context.clock.steady()) {}

  /// The envelope with run and Metabase filled in.
  [[nodiscard]] model::Envelope open() const {
    model::Envelope envelope;
    envelope.run = context_.run;
    envelope.metabase_url = context_.metabase_url;
    return envelope;
  }

  /// Files a failed item.
  void file(model::Envelope& envelope, std::string item, const Error& error) const {
    envelope.errors.push_back({stage_, std::move(item), error.code, error.line()});
  }

  /// Notes how long it took.
  void close(model::Envelope& envelope) const {
    envelope.run.elapsed_ms = (context_.clock.steady() - started_).count();
  }

private:
  const Context& context_;
  std::string stage_;
  SteadyTime started_;
};

/// The error of a stage that the user stopped.
[[nodiscard]] inline Error interrupted(std::string stage) {
  return {Fault::interrupted, "run.interrupted", std::move(stage), "interrupted",
          "run the same command again to go on from here"};
}

}  // namespace kpi::stages
