#include "logging.hpp"

#include <kpi/base/clock.hpp>
#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>

#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace kpi::app {
namespace {

class ConsoleSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit ConsoleSink(Console& console) : console_(console) {}

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text = single_line({message.payload.data(), message.payload.size()});
    const std::string level = name_of(message.level);
    if (console_.format() == LogFormat::json) {
      const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(message.time);
      console_.line(dump_json({{"time", iso_time(time)}, {"level", level}, {"message", text}}));
    } else {
      const auto tint = message.level >= spdlog::level::warn ? Tint::yellow : Tint::dim;
      console_.line(console_.tinted(tint, level + ":") + " " + text);
    }
  }
  void flush_() override {}

private:
  static std::string name_of(spdlog::level::level_enum level) {
    const auto name = spdlog::level::to_string_view(level);
    return {name.data(), name.size()};
  }
  Console& console_;
};

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(Console& console) {
  auto logger = std::make_shared<spdlog::logger>("kpi", std::make_shared<ConsoleSink>(console));
  logger->set_level(console.verbosity() > 0 ? spdlog::level::debug : spdlog::level::info);
  return logger;
}

}  // namespace kpi::app
